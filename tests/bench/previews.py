"""The studio's preview: from a draft's text to the finished page, for all of the catalogue in every state."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from tests.bench.engines import Engines
from tests.world import LANTERN, World

from checkstand.app.edit_draft import check_draft, template_source, templates
from checkstand.app.platform import Platform
from checkstand.app.preview_page import STATES, Axes, preview_page
from checkstand.scenario import compile_plan
from checkstand.web.pages.preview import PreviewRenderer

BUDGET_MS: Final = 100  # a preview follows typing half a second later; a fifth of that is ours
ROUNDS: Final = 3


def previews(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """What one request for a preview computes: read and check the text, compile it, build the page, render it."""
    with (
        tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder,
        closing(World(Path(folder), f"sqlite:///{folder}/checkstand.db")) as world,
    ):
        renderer = PreviewRenderer(world.platform)
        list(_all(world.platform, renderer))  # templates are compiled by the first page
        took = sorted(ms for _ in range(ROUNDS) for ms in _all(world.platform, renderer))
    p95 = took[int(len(took) * 0.95)]
    yield {
        "bench": "preview_render",
        "scenarios": len(templates()),
        "states": len(STATES),
        "p50_ms": round(statistics.median(took), 2),
        "p95_ms": round(p95, 2),
        "ratio_to_budget": round(p95 / BUDGET_MS, 3),
    }


def _all(platform: Platform, renderer: PreviewRenderer) -> Iterator[float]:
    for template in templates():
        source = template_source(template)
        for state in STATES:
            began = time.perf_counter()
            loaded = check_draft(platform, template, source)
            plan = compile_plan(loaded.document or {}, platform.registry.method_types())
            renderer(preview_page(platform, LANTERN, plan, Axes(state=state)))
            yield (time.perf_counter() - began) * 1000
