"""Ten thousand published scenarios of three hundred units: what the start, a page and a publication notice of them."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final

from tests.bench.engines import Engines
from tests.bench.generated import Generated, documents, generated, publish_all, unit_name, write_files
from tests.bench.memory_per_plan import kilobytes_per_plan
from tests.fault.machine import Server, free_port
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.check_files import check_files
from checkstand.app.migrate import migrate
from checkstand.app.open_cashier import open_cashier
from checkstand.app.prove_scenarios import prove_files
from checkstand.cashier import PageUrls, build_page
from checkstand.channel import Registry
from checkstand.infra.settings import Settings
from checkstand.proof import Proofs
from checkstand.scenario.store import publish_ops
from checkstand.web.pages.render import Renderer

MANY: Final = 10_000
UNITS: Final = 300
FEW: Final = 10
GROUP: Final = 265
WORKERS: Final = 4
STARTS: Final = 3
PAGES: Final = 400
ROUNDS: Final = 12


def scale(engines: Engines, _: float) -> Iterator[dict[str, Any]]:
    """Each figure of many scenarios with the same figure of few, taken in turns."""
    yield _catalogue()
    few = list(generated(documents(), FEW, 1, first=LANTERN))
    many = list(generated(documents(), MANY, UNITS, first=LANTERN))
    with tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder, ExitStack() as stack:
        small, large = (_world(stack, Path(folder) / name, made) for name, made in (("few", few), ("many", many)))
        yield _render(small, large, many)
        urls = [world.platform.settings.database_url for world in (small, large)]
        stack.close()  # nobody else has the databases open
        yield _start(Path(folder), *urls)
        per_plan = kilobytes_per_plan(urls[1], 1_000)
        yield {"bench": "scale_memory", "plans": 1_000, "kb_each": per_plan, "ratio_to_budget": round(per_plan / 60, 3)}
    yield _publish(engines.fresh("postgresql"), many)


def _world(stack: ExitStack, folder: Path, catalogue: list[Generated]) -> World:
    folder.mkdir()
    world = stack.enter_context(closing(World(folder, f"sqlite:///{folder}/checkstand.db")))
    publish_all(world.platform.db, catalogue, known=frozenset({LANTERN, RIVAL}))
    return world


def _catalogue() -> dict[str, Any]:
    """The files of a group, all new, and all unchanged to a process that has just started."""
    registry = Registry.load()
    with tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder:
        files = write_files(Path(folder) / "files", GROUP)
        settings, took = Settings(var_dir=Path(folder) / "var"), []
        for _turn in range(2):
            Proofs.forget()
            began = time.perf_counter()
            checked = prove_files(check_files(files, settings, registry), settings, registry, lambda _path: None)
            took.append(time.perf_counter() - began)
            assert not checked.errors, checked.errors[:3]
    return {
        "bench": "scale_catalogue",
        "scenarios": len(checked.scenarios),
        "processes": len(os.sched_getaffinity(0)),
        "cold_s": round(took[0], 2),
        "cached_s": round(took[1], 2),
        "ratio_to_budget": round(max(took[0] / 40, took[1] / 1), 3),
    }


def _render(small: World, large: World, many: list[Generated]) -> dict[str, Any]:
    """Pages of one session in both worlds in turns; before each, the large one loads a plan that nobody has used."""
    random, renderer = Random(1), Renderer(dict.fromkeys(small.platform.registry.method_types()))
    tokens = [world.session("mall-order")["url"].rpartition("/")[2] for world in (small, large)]
    shown: list[list[float]] = [[], []]
    loaded = []
    for turn in range(PAGES):
        one = many[random.randrange(len(many))]
        began = time.perf_counter()
        large.platform.plans.published(one.unit, one.document["metadata"]["id"], "test")
        loaded.append(time.perf_counter() - began)
        both = list(zip((small, large), tokens, shown, strict=True))
        for world, token, took in both if turn % 2 else reversed(both):  # whoever comes second finds warm memory
            began = time.perf_counter()
            view = open_cashier(world.platform, token, viewed=False)
            renderer.page(build_page(view, urls=PageUrls.of(token)))
            if turn >= FEW:  # the first pages compile the templates
                took.append(time.perf_counter() - began)
    p95 = [_p95(took) * 1000 for took in shown]
    return {
        "bench": "scale_render",
        "scenarios": len(many),
        "p95_ms": round(p95[1], 2),
        "p95_ms_of_few": round(p95[0], 2),
        "first_use_p95_ms": round(_p95(loaded) * 1000, 2),
        "ratio_to_few": round(p95[1] / p95[0], 3),
    }


def _start(folder: Path, few: str, many: str) -> dict[str, Any]:
    """From the command to the first answer."""
    took: dict[str, list[float]] = {few: [], many: []}
    computed = []
    for turn in range(STARTS):
        for url, seconds in took.items():
            environment = {
                "CHECKSTAND_DATABASE_URL": url,
                "CHECKSTAND_VAR_DIR": str(folder / "start"),
                "CHECKSTAND_SECRET_KEY_BASE64": b64encode(bytes(32)).decode(),
                "CHECKSTAND_LOG_LEVEL": "error",
            }
            command = (sys.executable, "-m", "checkstand", "serve")
            server = Server(f"start-{turn}", free_port(), environment, folder / "server.log", command=command)
            began = time.perf_counter()
            try:
                server.start()
                seconds.append(time.perf_counter() - began)
                computed += [_processor_s(server)] if url == many else []
            finally:
                server.kill()
    seconds_many, seconds_few = median(took[many]), median(took[few])
    return {
        "bench": "scale_start",
        "scenarios": MANY,
        "start_s": round(seconds_many, 2),
        "start_s_of_few": round(seconds_few, 2),
        "processor_s": round(median(computed), 2),  # the same on a machine that others use too
        "ratio_to_few": round(seconds_many / seconds_few, 3),
        "ratio_to_budget": round(seconds_many / 2, 3),
    }


def _processor_s(server: Server) -> float:
    assert server.process is not None
    told = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")  # in user and in system mode


def _publish(url: str, many: list[Generated]) -> dict[str, Any]:
    """From the commit of a publication until the last of four processes serves it."""
    with tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder:
        platform = build_platform(Settings(var_dir=Path(folder), database_url=url))
        migrate(platform.db)
        rows = publish_all(platform.db, many)
        unit = unit_name(1)
        scenario = next(each.document["metadata"]["id"] for each in many if each.unit == unit)
        versions = [version for owner, version in rows if owner == unit][:2]  # what it says is not asked here
        context, random = get_context("spawn"), Random(1)
        seen, ended = context.Queue(), context.Event()
        watchers = [
            context.Process(target=_watch, args=(url, folder, unit, scenario, seen, ended), daemon=True)
            for _worker in range(WORKERS)
        ]
        platform.poster.start()
        slowest = []
        try:
            for watcher in watchers:
                watcher.start()
            for _worker in watchers:
                seen.get(timeout=120)  # what was published before anybody looked
            for turn in range(ROUNDS):
                time.sleep(random.random())  # at any moment of what the workers remember
                old, new = versions[turn % 2], versions[1 - turn % 2]
                now = platform.clock.now()
                ops = publish_ops(unit, scenario, "test", new, previous=old, at=now, by="bench")
                platform.poster.commit(WriteSet(ops=ops))
                committed = time.monotonic()
                reports = [seen.get(timeout=60) for _worker in watchers]
                assert {version for version, _at in reports} == {new}
                slowest.append(max(at for _version, at in reports) - committed)
        finally:
            ended.set()
            for watcher in watchers:
                if watcher.pid is not None:
                    watcher.join(timeout=30)
            platform.poster.stop()
            platform.db.close()
    return {
        "bench": "scale_publish",
        "scenarios": len(many),
        "workers": WORKERS,
        "publications": len(slowest),
        "median_s": round(median(slowest), 2),
        "slowest_s": round(max(slowest), 2),
        "ratio_to_budget": round(max(slowest) / 1, 3),
    }


def _watch(url: str, folder: str, unit: str, scenario: str, seen: Any, ended: Any) -> None:
    """One worker: ask as requests do, and tell each time that the answer is another one."""
    platform = build_platform(Settings(var_dir=Path(folder), database_url=url))
    last = ""
    while not ended.wait(0.005):
        plan = platform.plans.published(unit, scenario, "test")
        if plan is not None and plan.content_hash != last:
            last = plan.content_hash
            seen.put((last, time.monotonic()))
    platform.db.close()


def _p95(took: list[float]) -> float:
    return sorted(took)[len(took) * 95 // 100]
