"""Rule packs meet the state tables: what a pack posts is walked along every way an object can go."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from checkstand.accounting.protocol import Protocol, check_paths, load_packs, use
from checkstand.app.edges import transition_tables


def install_packs(directory: Path | None) -> None:
    """Post by the product's packs and those of this directory; a mistake in them stops the start.

    The product's own packs are checked by its tests; they are read when the first journal is made.
    """
    if directory is not None:
        use(checked_packs(directory))


@lru_cache(maxsize=4)
def checked_packs(directory: Path | None = None) -> Protocol:
    """The packs, of which every line balances and no path leaves money in between."""
    protocol = load_packs(directory)
    check_paths(protocol, transition_tables())
    return protocol
