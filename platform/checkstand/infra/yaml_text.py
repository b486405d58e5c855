"""YAML as plain values, read by libyaml where the installed PyYAML has it: about ten times as fast."""

from __future__ import annotations

from typing import Any, Final

import yaml

Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(text: str) -> Any:
    """The document in `text`.

    Raises:
        yaml.YAMLError: it is none.
    """
    return yaml.load(text, Loader=Loader)  # noqa: S506 - both are safe loaders
