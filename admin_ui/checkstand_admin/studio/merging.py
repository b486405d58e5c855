"""Two people saved one draft: the page that shows what is merged by itself and asks for the rest."""

from __future__ import annotations

import json
from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath, RawBody

from checkstand.app import edit_draft
from checkstand.kernel import CheckstandError
from checkstand.scenario.draft import revision_source
from checkstand.scenario.edit import EditRefused
from checkstand.scenario.three_way import ABSENT, Merge, Path, Side, merge, merged_text
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.problems import STATUS

MERGE: Final = "/u/{unit:str}/{mode:str}/studio/{scenario_id:str}/merge"
MAX_BODY: Final = 2 * 1024 * 1024


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @post(MERGE, needs="scenarios.write", sync_to_thread=True, request_max_body_size=MAX_BODY)
    def save(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        mine, base, seen = form["source"].replace("\r\n", "\n"), _number(form["base"]), _number(form["revision"])
        theirs = edit_draft.read_draft(platform, who.unit, scenario_id)
        try:
            edit_draft.refuse_large(mine)
            if theirs.revision != seen:
                raise edit_draft.DraftChanged(theirs)
            found = _merge(console, who, scenario_id, base, mine, theirs)
            if found is None:
                raise edit_draft.DraftChanged(theirs)
            text = merged_text(theirs.source, found, _choices(found, form))
            edit_draft.save_draft(platform, who.actor, who.unit, scenario_id, text, seen)
        except edit_draft.DraftChanged as error:
            return choice_page(console, request, who, scenario_id, mine, base, error)
        except EditRefused as error:
            return choice_page(console, request, who, scenario_id, mine, base, edit_draft.DraftChanged(theirs), error)
        return see_other(who.url("studio", scenario_id), done="merged")

    return [save]


def choice_page(
    console: Console, request: AnyRequest, who: Visitor, scenario_id: str, mine: str, base: int,
    changed: edit_draft.DraftChanged, refused: CheckstandError | None = None,
) -> Response[bytes]:  # fmt: skip
    """What both wrote. Merged where the revision that mine began from is still known and both texts can be read."""
    theirs = changed.current
    found = None
    if theirs is not None and refused is None:
        found = _merge(console, who, scenario_id, base, mine, theirs)
    shown = {
        "scenario_id": scenario_id,
        "mine": mine,
        "theirs": theirs,
        "base": base,
        "merge": found,
        "refused": refused is not None,
        "value_of": _value,
        "absent": ABSENT,
    }
    return console.page(request, who, "studio/choice.html", status=STATUS[changed.kind], **shown)


def _merge(
    console: Console, who: Visitor, scenario_id: str, base: int, mine: str, theirs: edit_draft.Draft
) -> Merge | None:
    with console.platform.db.read() as connection:
        began = revision_source(connection, who.unit, scenario_id, base)
    if began is None:
        return None
    try:
        found = merge(began, mine, theirs.source)
    except EditRefused:
        return None
    return found if found.mine or found.conflicts else None  # comments alone are no values that could be merged


def _choices(found: Merge, form: Form) -> dict[Path, Side]:
    """What was chosen, by the place of the node; whatever was left out stays theirs, which is saved already."""
    return {each.path: "mine" if form[f"choice.{each.name}"] == "mine" else "theirs" for each in found.conflicts}


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
