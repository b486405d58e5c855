"""The preview: the real checkout page of a draft in every state. It writes nothing, whatever is asked for."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.app import edit_draft
from checkstand.app.preview_page import Axes, preview_page
from checkstand.kernel import CheckstandError
from checkstand.scenario import Loaded, compile_plan
from checkstand_admin.console import AnyRequest, Console, Visitor, headers
from checkstand_admin.studio import reading
from checkstand_admin.studio.edits import edited

SCENARIO: Final = "/u/{unit:str}/{mode:str}/studio/{scenario_id:str}"
TEMPLATE: Final = "/u/{unit:str}/{mode:str}/studio/_gallery/{template:str}/preview"
AXES: Final = ("form", "terminal", "locale", "scheme", "state", "amount")
MAX_BODY: Final = 24 * 1024 * 1024


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get(SCENARIO + "/preview", needs="scenarios.read", sync_to_thread=True)
    def show(request: AnyRequest, scenario_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        source = reading.editor(platform, who, scenario_id)["source"]
        chosen = {name: request.query_params.get(name, "") for name in AXES}
        return _framed(console, request, who, edit_draft.check_draft(platform, scenario_id, source), chosen)

    # The text as it stands on the page, saved or not; without scripts the form's button shows it in the frame.
    @post(SCENARIO + "/preview", needs="scenarios.read", sync_to_thread=True, request_max_body_size=MAX_BODY)
    def unsaved(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        source = form["source"].replace("\r\n", "\n")
        try:
            edit_draft.refuse_large(source)
            source = edited(platform, scenario_id, source, form)
        except CheckstandError as error:
            return _refused(console, request, who, str(error), ())
        chosen = {name: form["axis." + name] for name in AXES}
        return _framed(console, request, who, edit_draft.check_draft(platform, scenario_id, source), chosen)

    @get(TEMPLATE, needs="scenarios.read", sync_to_thread=True)
    def template(request: AnyRequest, template: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        loaded = edit_draft.check_draft(platform, template, edit_draft.template_source(template))
        chosen = {name: request.query_params.get(name, "") for name in AXES}
        return _framed(console, request, who, loaded, chosen)

    return [show, unsaved, template]


def _framed(
    console: Console, request: AnyRequest, who: Visitor, loaded: Loaded, chosen: dict[str, str]
) -> Response[bytes]:
    if not loaded.ok or loaded.document is None:
        return _refused(console, request, who, "", loaded.problems)
    plan = compile_plan(loaded.document, console.platform.registry.method_types())
    try:
        model = preview_page(console.platform, who.unit, plan, Axes(**chosen))
    except CheckstandError as error:
        return _refused(console, request, who, str(error), ())
    page = console.preview(model)
    fields = {name: value for name, value in page.headers.items() if name != "content-type"}
    return Response(page.html, headers=fields, media_type=page.headers["content-type"])


def _refused(console: Console, request: AnyRequest, who: Visitor, why: str, problems: Any) -> Response[bytes]:
    """There is no page to show; the frame says why."""
    answer = console.part(request, who, "studio/no_preview.html", why=why, problems=problems)
    policy = headers()["content-security-policy"].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    answer.headers.update({"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"})
    return answer
