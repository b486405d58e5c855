"""The pages of publishing that change nothing: the list, one scenario, and a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from checkstand.app.edit_draft import find_draft
from checkstand.app.prove_scenarios import prove_draft
from checkstand.kernel import CheckstandError
from checkstand.scenario.draft import list_drafts
from checkstand.scenario.live_request import open_requests
from checkstand.scenario.problem import Problem
from checkstand.scenario.store import pointers_of, scenario_ids
from checkstand_admin.console import AnyRequest, Console, Visitor
from checkstand_admin.publishing.impact import DAYS, Impact, impact
from checkstand_admin.publishing.reading import DRAFT, ScenarioState, read_scenario, side_of
from checkstand_admin.publishing.wording import line_diff

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    scenario_id: str
    test: Any
    live: Any
    draft: Any
    request: Any


@dataclass(frozen=True, slots=True)
class GoingBack:
    """What somebody filled in to roll back, shown again when it was refused."""

    mode: str = ""
    version: str = ""
    reason: str = ""


def routes(console: Console) -> list[Any]:
    @get("/u/{unit:str}/{mode:str}/publishing", needs="scenarios.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        rows, after = _listed(console, who, request.query_params.get("after", ""))
        return console.page(request, who, "publishing/index.html", rows=rows, after=after)

    @get("/u/{unit:str}/{mode:str}/publishing/{scenario_id:str}", needs="scenarios.read", sync_to_thread=True)
    def show(request: AnyRequest, scenario_id: FromPath[str]) -> Response[bytes]:
        return scenario_page(console, request, console.enter(request), scenario_id)

    @get("/u/{unit:str}/{mode:str}/publishing/{scenario_id:str}/compare", needs="scenarios.read",
         sync_to_thread=True)  # fmt: skip
    def compare(request: AnyRequest, scenario_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        state = read_scenario(console, who, scenario_id)
        old, new = _chosen(state, request.query_params.get("from", ""), request.query_params.get("to", ""))
        before, after = (side_of(console.platform, who, scenario_id, key) for key in (old, new))
        found = impact(console, request, who, before, after, mode=who.mode, days=DAYS)
        lines = line_diff(before.source, after.source)
        shown: dict[str, Any] = {"state": state, "before": before, "after": after, "impact": found, "lines": lines}
        return console.page(request, who, "publishing/compare.html", **shown)

    return [index, show, compare]


def scenario_page(
    console: Console, request: AnyRequest, who: Visitor, scenario_id: str, *, status: int = 200,
    error: dict[str, str] | None = None, note: str = "", back: GoingBack | None = None,
) -> Response[bytes]:  # fmt: skip
    """Everything about one scenario, with what went wrong above it."""
    asked = request.query_params
    state = read_scenario(
        console, who, scenario_id,
        versions_before=asked.get("versions", ""), history_before=asked.get("history", ""),
    )  # fmt: skip
    in_test = state.test.content_hash if state.test is not None else None
    new_draft = state.draft is not None and (state.draft_hash is None or state.draft_hash != in_test)
    found = Impact([])
    if new_draft and in_test is not None:
        before, after = (side_of(console.platform, who, scenario_id, key) for key in (in_test, DRAFT))
        found = impact(console, request, who, before, after, mode="test")
    problems = draft_problems(console, who, scenario_id) if new_draft else ()
    shown = {
        "state": state,
        "new_draft": new_draft,
        "impact": found,
        "problems": problems,
        "error": error,
        "note": note,
    }
    shown["back"] = back or GoingBack()
    return console.page(request, who, "publishing/scenario.html", status=status, **shown)


def draft_problems(console: Console, who: Visitor, scenario_id: str) -> tuple[Problem, ...]:
    """What is wrong with the draft, errors and advice."""
    draft = find_draft(console.platform, who.unit, scenario_id)
    return prove_draft(console.platform, scenario_id, draft.source).problems if draft is not None else ()


def problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, str]:
    """What went wrong, in the visitor's language."""
    t, key = console.texts.speaker(console.locale(request)), f"publishing.problem.{error.code}"
    if key in console.texts.sentences:
        return {"title": t(key, **error.facts), "remedy": t(f"{key}_remedy", **error.facts)}
    return {"title": error.message, "remedy": error.remedy}


def _listed(console: Console, who: Visitor, after: str) -> tuple[list[Listed], str]:
    """A page of the unit's scenarios by id, and where the next one begins."""
    with console.platform.db.read() as connection:
        drafts = {row.scenario_id: row for row in list_drafts(connection, who.unit)}
        published = scenario_ids(connection, who.unit, after=after, limit=PAGE + 1)
        ids = sorted({*published, *(name for name in drafts if name > after)})[: PAGE + 1]
        pointers = pointers_of(connection, who.unit, ids)
        requests = open_requests(connection, who.unit, ids)
    rows = [
        Listed(each, pointers.get((each, "test")), pointers.get((each, "live")), drafts.get(each), requests.get(each))
        for each in ids[:PAGE]
    ]
    return rows, rows[-1].scenario_id if len(ids) > PAGE else ""


def _chosen(state: ScenarioState, old: str, new: str) -> tuple[str, str]:
    """What to compare when the address does not say: what shoppers have now with what comes next."""
    pointers = [row.content_hash for row in (state.live, state.test) if row is not None]
    newest = DRAFT if state.draft is not None else state.versions[0].content_hash
    return old or next(iter(pointers), newest), new or newest
