"""The scenario studio: gallery, drafts, the editor, the preview beside it, and trying what is published to test."""

from __future__ import annotations

from typing import Any, Final

import structlog
from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import edit_draft
from checkstand.app.prove_scenarios import prove_draft
from checkstand.app.try_scenario import try_scenario
from checkstand.kernel import CheckstandError
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, headers, see_other
from checkstand_admin.problems import STATUS
from checkstand_admin.studio import merging, money_flow, previews, reading, rule_form
from checkstand_admin.studio.edits import edited

log = structlog.get_logger("studio")

STUDIO: Final = "/u/{unit:str}/{mode:str}/studio"
SCENARIO: Final = STUDIO + "/{scenario_id:str}"
OPEN_RULE: Final = "rule_open:"  # a button that shows a rule's fields
MAX_BODY: Final = 24 * 1024 * 1024  # a pasted text far beyond the limit still gets an answer that says so


def routes(console: Console) -> list[Any]:
    return [
        *_lists(console),
        *_drafts(console),
        *_editor(console),
        *previews.routes(console),
        *money_flow.routes(console),
        *merging.routes(console),
    ]


def _lists(console: Console) -> list[Any]:
    platform = console.platform

    @get(STUDIO, needs="scenarios.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        rows, after = reading.scenario_rows(platform, who, request.query_params.get("after", ""))
        return console.page(request, who, "studio/index.html", rows=rows, after=after)

    # An id has no underscore, so no scenario can take this address.
    @get(STUDIO + "/_gallery", needs="scenarios.read", sync_to_thread=True)
    def gallery(request: AnyRequest) -> Response[bytes]:
        return _gallery(console, request, console.enter(request))

    @post(STUDIO + "/_gallery", needs="scenarios.write", sync_to_thread=True)
    def start(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            draft = edit_draft.start_from_template(
                platform, who.actor, who.unit, form["template"], form["scenario_id"].strip()
            )
        except CheckstandError as error:
            shown = {"error": problem(console, request, error), "chosen": form["template"]}
            return _gallery(console, request, who, status=STATUS[error.kind], wanted=form["scenario_id"], **shown)
        return see_other(who.url("studio", draft.scenario_id), done="draft_started")

    return [index, gallery, start]


def _drafts(console: Console) -> list[Any]:
    platform = console.platform

    @post(SCENARIO + "/draft", needs="scenarios.write", sync_to_thread=True)
    def begin(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        edit_draft.start_from_version(platform, who.actor, who.unit, scenario_id, who.mode)
        return see_other(who.url("studio", scenario_id), done="draft_started")

    @post(SCENARIO + "/discard", needs="scenarios.write", sync_to_thread=True)
    def discard(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        edit_draft.discard_draft(platform, who.actor, who.unit, scenario_id, _revision(form))
        return see_other(who.url("studio"), done="draft_discarded")

    @post(SCENARIO + "/try", needs="scenarios.write", sync_to_thread=True)
    def attempt(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            try_scenario(platform, who.actor, who.unit, scenario_id, form["order_no"], who.locale)
        except CheckstandError as error:
            return _page(console, request, who, scenario_id, error=error)
        return see_other(who.url("studio", scenario_id) + f"?order={form['order_no']}", done="try_ready")

    return [begin, discard, attempt]


def _editor(console: Console) -> list[Any]:
    platform = console.platform

    @get(SCENARIO, needs="scenarios.read", sync_to_thread=True)
    def show(request: AnyRequest, scenario_id: FromPath[str]) -> Response[bytes]:
        return _page(console, request, console.enter(request), scenario_id)

    @post(SCENARIO, needs="scenarios.write", sync_to_thread=True, request_max_body_size=MAX_BODY)
    def save(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        edit_draft.read_draft(platform, who.unit, scenario_id)
        source, revision = form["source"].replace("\r\n", "\n"), _revision(form)
        try:
            edit_draft.refuse_large(source)
            if form["do"].startswith(OPEN_RULE):  # nothing is saved: the page comes back with the rule's fields
                rule_id = form["do"].removeprefix(OPEN_RULE)
                opened = reading.rule_fields(platform, scenario_id, source, rule_id, who.locale)
                return _page(console, request, who, scenario_id, source=source, revision=revision, rule=opened)
            source = edited(platform, scenario_id, source, form)
            edit_draft.save_draft(platform, who.actor, who.unit, scenario_id, source, revision)
        except edit_draft.DraftTooLarge as error:
            return _page(console, request, who, scenario_id, error=error)
        except edit_draft.DraftChanged as error:
            return merging.choice_page(console, request, who, scenario_id, source, revision, error)
        except CheckstandError as error:
            verb, _, rule_id = form["do"].partition(":")
            typed = rule_form.fields_from(form, rule_id) if verb == "rule_save" else None
            return _page(console, request, who, scenario_id, error=error, source=source, revision=revision, rule=typed)
        return see_other(who.url("studio", scenario_id), done="saved")

    @post(SCENARIO + "/check", needs="scenarios.read", sync_to_thread=True, request_max_body_size=MAX_BODY)
    def check(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        source = form["source"].replace("\r\n", "\n")
        shown = reading.checked(prove_draft(platform, scenario_id, source))
        try:  # the colour as it stands in its field; the messages stay those of the text, because they name its lines
            edit_draft.refuse_large(source)
            then = edit_draft.check_draft(platform, scenario_id, edited(platform, scenario_id, source, form))
            shown["contrast"] = reading.checked(then)["contrast"]
        except CheckstandError as error:
            log.debug("studio.field_unfinished", code=error.code)
        return console.part(request, who, "studio/_messages.html", **shown)

    @get(SCENARIO + "/export", needs="scenarios.read", sync_to_thread=True)
    def export(request: AnyRequest, scenario_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        text: str = reading.editor(platform, who, scenario_id)["source"]
        attached = {**headers(), "content-disposition": f'attachment; filename="{scenario_id}.yaml"'}
        return Response(text.encode(), headers=attached, media_type="application/yaml; charset=utf-8")

    return [show, save, check, export]


def _page(
    console: Console, request: AnyRequest, who: Visitor, scenario_id: str, *,
    error: CheckstandError | None = None, source: str | None = None, revision: int | None = None,
    rule: rule_form.RuleFields | None = None,
) -> Response[bytes]:  # fmt: skip
    shown = reading.editor(console.platform, who, scenario_id, source=source, revision=revision)
    shown["phrases"] = _phrases(console, console.locale(request, who))
    shown["tried"] = reading.tried(console.platform, who, request.query_params.get("order", ""))
    shown["error"] = problem(console, request, error) if error is not None else None
    shown["rule"] = rule or shown["rule"]
    status = STATUS[error.kind] if error is not None else 200
    return console.page(request, who, "studio/editor.html", status=status, **shown)


def _phrases(console: Console, locale: str) -> dict[str, str]:
    """The editor's own words in this language; it asks for them in English."""
    t, below = console.texts.speaker(locale), "studio.editor.says."
    return {key.removeprefix(below): t(key) for key in console.texts.sentences if key.startswith(below)}


def _gallery(
    console: Console, request: AnyRequest, who: Visitor, *, status: int = 200, **values: Any
) -> Response[bytes]:
    shown = {"cards": reading.cards(who.locale), "error": None, "chosen": "", "wanted": "", **values}
    return console.page(request, who, "studio/gallery.html", status=status, **shown)


def _revision(form: Form) -> int:
    text = form["revision"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, str]:
    """What went wrong, in the person's language where we have it, with the detail that names the place."""
    t, key = console.texts.speaker(console.locale(request)), f"studio.problem.{error.code}"
    title = t(key) if key in console.texts.sentences else error.message
    detail = str(error)
    return {"title": title, "remedy": detail if detail != error.message else error.remedy}
