"""`make bench`: one JSON line per measurement; what it is compared with was measured in the same run.

python -m tests.bench                    everything, some minutes
python -m tests.bench page rules         some of it
BENCH_SECONDS=10 python -m tests.bench   longer and steadier
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import catalogue, console, over_http, poster, previews, reconcile, scale
from tests.bench.engines import Engines, engines

Bench = Callable[[Engines, float], Iterator[dict[str, Any]]]

BENCHES: dict[str, Bench] = {
    "page": over_http.pages,
    "first_load": over_http.first_load,
    "session_to_paid": over_http.purchases,
    "poster": poster.hot_and_spread,
    "catalogue": catalogue.catalogue,
    "rules": catalogue.rules,
    "proof": catalogue.proof,
    "scale": scale.scale,
    "previews": previews.previews,
    "console": console.console,
    "reconcile": reconcile.reconcile,
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHES)
    if unknown := sorted(set(wanted) - set(BENCHES)):
        sys.exit(f"no bench named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    seconds = float(os.environ.get("BENCH_SECONDS", "4"))
    with engines() as fresh:
        for name in wanted:
            for measured in BENCHES[name](fresh, seconds):
                sys.stdout.write(json.dumps(measured) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
