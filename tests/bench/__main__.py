"""`make bench`: one JSON line per measurement; what it is compared with was measured in the same run.

python -m tests.bench                    everything, some minutes
python -m tests.bench page rules         some of it
python -m tests.bench check:10000000     one of another size
BENCH_SECONDS=10 python -m tests.bench   longer and steadier
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import catalogue, check, console, over_http, poster, previews, reconcile, scale
from tests.bench.engines import engines

Bench = Callable[..., Iterator[dict[str, Any]]]  # of databases, seconds and, where it has one, a size

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
    "check": check.check,
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHES)
    if unknown := sorted({name.partition(":")[0] for name in wanted} - set(BENCHES)):
        sys.exit(f"no bench named {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    seconds = float(os.environ.get("BENCH_SECONDS", "4"))
    with engines() as fresh:
        for each in wanted:
            name, _, size = each.partition(":")
            for measured in BENCHES[name](fresh, seconds, *([int(size)] if size else [])):
                sys.stdout.write(json.dumps(measured) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
