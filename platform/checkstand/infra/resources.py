"""The data folders that ship with the code: page templates and the scenario catalogue.

In a source checkout they stand beside `platform/`, where people edit them; in an installed wheel
they are inside the package, under `checkstand/_data`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from checkstand.kernel import CheckstandError, Kind

PACKAGE: Final = Path(__file__).resolve().parents[1]


class ResourceMissing(CheckstandError):
    """The installation is incomplete; nothing a caller could do would help."""

    code = "resource.missing"
    kind = Kind.UNAVAILABLE
    message = "A data folder of this installation is missing."
    remedy = "Install the package again, or run from a complete checkout."


def folder(name: str) -> Path:
    """Find a data folder in the checkout or in the wheel."""
    for candidate in (PACKAGE.parents[1] / name, PACKAGE / "_data" / name):
        if candidate.is_dir() and (candidate.parents[0].name == "_data" or _is_checkout(PACKAGE.parents[1])):
            return candidate
    raise ResourceMissing(f"the folder {name!r} is neither beside {PACKAGE.parents[0]} nor in {PACKAGE / '_data'}")


def checkout_templates() -> Path:
    """One folder per form: full_screen, popup, mobile_site, regulatory."""
    return folder("checkout_templates")


def scenarios() -> Path:
    """The catalogue: one YAML file per business, bases in `base/`."""
    return folder("scenarios")


def _is_checkout(root: Path) -> bool:
    # site-packages may hold a folder of the same name that belongs to somebody else.
    return (root / "platform" / "checkstand").is_dir() and (root / "pyproject.toml").is_file()
