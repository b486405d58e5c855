"""The installation that `make bench` measures: it serves, and a purchase through it is paid."""

from __future__ import annotations

from tests.bench.installation import installed


def test_a_purchase_is_measured() -> None:
    with installed() as here:
        measured = here.buy("bal", callers=2, seconds=1)
    assert measured["count"] > 0, measured
