"""Deterministic simulation of the money chain.

python -m tests.simulation --histories 10000 --seed 7      seeds 7, 8, 9, …; a JSON line at the end
python -m tests.simulation --seed 4711 --histories 1       one of them again, exactly as it was
python -m tests.simulation controls                        with a guard removed it has to find the damage
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from typing import Any

from tests.simulation.controls import CONTROLS, WITHIN, found_by
from tests.simulation.history import Result, play
from tests.simulation.template import Template


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("histories", "controls"), default="histories")
    parser.add_argument("--histories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep-going", action="store_true", help="report every bad seed instead of the first")
    asked = parser.parse_args()
    if asked.what == "controls":
        return controls(asked.seed)
    summary = simulate(asked.seed, asked.histories, keep_going=asked.keep_going)
    print(json.dumps(summary, ensure_ascii=False))
    return 1 if summary["bad"] else 0


def controls(seed: int) -> int:
    """Each control with the seed that found it; a green one is the failure here."""
    template, green = Template(), 0
    try:
        for name in CONTROLS:
            found = found_by(name, seed, template)
            green += found is None
            said = {"seed": found[0], "wrong": found[1][:3]} if found else {"green_after": WITHIN}
            print(json.dumps({"control": name, **said}, ensure_ascii=False))
    finally:
        template.close()
    return 1 if green else 0


def simulate(seed: int, histories: int, *, keep_going: bool = False, within_s: float | None = None) -> dict[str, Any]:
    """Play histories from this seed on; stops at the first that goes wrong unless told otherwise."""
    begun = time.perf_counter()
    did: Counter[str] = Counter()
    edges: set[tuple[str, str, str]] = set()
    bad: dict[int, list[str]] = {}
    played = crashes = steps = 0
    template = Template()
    try:
        for number in range(seed, seed + histories):
            result: Result = play(number, template)
            played, crashes, steps = played + 1, crashes + result.crashes, steps + result.steps
            did.update(result.did)
            edges |= result.edges
            if result.wrong:
                bad[number] = result.wrong[:10]
                print(f"seed {number}:", *result.wrong[:10], sep="\n  ", file=sys.stderr)
                if not keep_going:
                    break
            if within_s is not None and time.perf_counter() - begun > within_s:
                break
    finally:
        template.close()
    seconds = time.perf_counter() - begun
    return {
        "simulation": "money", "seed": seed, "histories": played, "crashes": crashes, "steps": steps,
        "seconds": round(seconds, 1), "histories_per_minute": round(played / seconds * 60),
        "edges": len(edges), "operations": dict(sorted(did.items())), "bad": bad,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
