"""The units of a visit that never happened, as `create_session` would have them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def units_of(context: Mapping[str, Any], session_id: str, device_id: str | None = None) -> dict[str, str]:
    """What experiments are assigned by. Without a device of its own, a visit is one."""
    device = device_id or hashlib.blake2b(session_id.encode(), digest_size=8).hexdigest()
    return {"shopper": context["shopper.id"], "device": device, "session": session_id}
