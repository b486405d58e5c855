"""The vocabulary checkout/v1 as JSON Schema: the only definition; loader, editors and the reference read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).with_name("checkout-v1.json")
# The first line of a file that tells an editor where the schema is: beside it (`checkstand schema --out`).
HEADER: Final = f"# yaml-language-server: $schema={PATH.name}\n"
SCHEMA: Final[dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
