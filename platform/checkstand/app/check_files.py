"""Check scenario files: unchanged ones are answered from the var folder, many new ones are shared among processes.

Workers only fill the folders `checks` and `proofs`; this process then goes through the files in their order and finds
the answers there. So the result is the same with and without workers, and a worker that dies costs time alone.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from checkstand.app.prove_scenarios import proofs_in
from checkstand.channel import Registry
from checkstand.infra.settings import Settings
from checkstand.proof import Proofs, proven
from checkstand.scenario import Catalogue
from checkstand.scenario.bases import Bases
from checkstand.scenario.checks_kept import Checks
from checkstand.scenario.finding import Facts
from checkstand.scenario.load import Merged, checked, gathered, load_file, merge_file, yaml_files
from checkstand.scenario.problem import errors

# A worker needs about a second until it has imported everything; a file takes 25 ms, mostly its proof.
WORTH_A_WORKER: Final = 50
_AT_ONCE: Final = 8  # files that a worker takes

Advance = Callable[[int], None]


def check_files(
    paths: Iterable[Path | str], settings: Settings, registry: Registry, advance: Advance = lambda _files: None
) -> Catalogue:
    """Load files and folders. `advance` is told how many files are done; they sum up to all of them."""
    bench = Bench(settings, registry)
    files = yaml_files(paths)
    merged = [merge_file(path, bench.bases, bench.checks) for path in files]
    new = [path for path, each in zip(files, merged, strict=True) if isinstance(each, Merged) and not bench.knows(each)]
    shared = 0
    if (workers := _workers(len(new))) > 1 and bench.checks.shared():
        advance(len(files) - len(new))
        for done in _share(new, settings, workers):
            shared += done
            advance(done)
        shared += len(files) - len(new)
    loaded = []
    for number, each in enumerate(merged):
        loaded.append(checked(each, bench.facts, bench.checks))
        if number >= shared:
            advance(1)
    return gathered(loaded)


class Bench:
    """What checking needs; each process has its own."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self.facts = Facts(registry.method_types())
        self.bases = Bases()
        self.checks = Checks(self.facts, settings.var_dir / "checks")
        self.proofs: Proofs = proofs_in(settings, registry)

    def knows(self, each: Merged) -> bool:
        """Whether everything about this file is kept. What is wrong is not proven, so it needs no proof."""
        problems = self.checks.known(each.key)
        if problems is None:
            return False
        return each.is_base or bool(errors(problems)) or self.proofs.knows(each.document)


def _workers(files: int) -> int:
    return min(len(os.sched_getaffinity(0)), files // WORTH_A_WORKER)


def _share(paths: Sequence[Path], settings: Settings, workers: int) -> Iterable[int]:
    """Let workers check and prove these files; tells how many are done, each time some are."""
    parts = [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)]
    # Spawned, not forked: this process may have threads, and Z3 is loaded anew in each.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin, initargs=(settings,))
    try:
        for future in as_completed([pool.submit(_work, part) for part in parts]):
            yield future.result()
    except (BrokenProcessPool, OSError):
        return  # what is missing is checked here
    finally:
        pool.shutdown(cancel_futures=True)


_benches: list[Bench] = []  # in a worker, one


def _begin(settings: Settings) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started us is asked, and ends us
    _benches.append(Bench(settings, Registry.load()))


def _work(paths: Sequence[Path]) -> int:
    [bench] = _benches
    for path in paths:
        proven(load_file(path, bench.facts, bench.bases, bench.checks), bench.proofs)
    return len(paths)
