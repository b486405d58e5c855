"""The shopper's addresses. Each handler reads one view, asks one use case, renders one page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from litestar import MediaType, Request, Response, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter, RawBody

from checkstand.cashier import PageUrls, Said, SessionView, SubmissionRefused, build_page, may_pay, page_for
from checkstand.infra.resources import scenarios
from checkstand.kernel.clock import monotonic_s
from checkstand.web.pages import answer, assets
from checkstand.web.pages.audience import is_person
from checkstand.web.pages.device import device_cookie, device_of
from checkstand.web.pages.form import MAX_BODY, Posted, read_form, refuse_foreign
from checkstand.web.pages.render import Renderer

if TYPE_CHECKING:
    from checkstand.app.platform import Platform

AnyRequest = Request[Any, Any, Any]
Page = Annotated[str | None, QueryParameter(name="page", max_length=20)]
Watch = Annotated[str | None, QueryParameter(name="watch", max_length=64)]
Every = Annotated[str | None, QueryParameter(name="every", max_length=6)]

# What an address may ask for. Review and confirm are answers to a form; without one they have nothing to show.
HINTS: Final = frozenset({"choose", "redirect", "waiting"})
EMBED_CACHE: Final = "public, max-age=3600"


def cashier_router(platform: Platform, renderer: Renderer | None = None) -> Router:
    """The checkout pages, their static files and the embed script, on the platform's use cases."""
    from checkstand.app.change_method import choose_another_method
    from checkstand.app.open_cashier import note_view, open_cashier
    from checkstand.app.pay_command import TakePayment
    from checkstand.app.take_payment import take_payment

    kinds = platform.registry.method_types()
    pages = renderer or Renderer({name: kind.logo for name, kind in kinds.items()}, scenarios() / "logos")

    @get("/c/{token:str}", sync_to_thread=True, media_type=MediaType.HTML)
    def show(request: AnyRequest, token: FromPath[str], page: Page = None) -> Response[bytes]:
        began = monotonic_s()
        view = open_cashier(platform, token, viewed=False)
        # Only the answer to "pay" asks for ?page=redirect: a shopper who comes back is not sent away again.
        forward = page == "redirect" and view.form != "popup"
        asked = page if page in HINTS else None
        model = build_page(view, urls=PageUrls.of(token), page=asked, forward=forward)
        cookie = device_cookie(request, framed=view.form == "popup")
        rendered = pages.page(model)
        if is_person(request):
            note_view(platform, view, render_ms=round(1000 * (monotonic_s() - began)))
        return answer.html(request, rendered, cookie=cookie)

    @post("/c/{token:str}/payments", sync_to_thread=True, request_max_body_size=MAX_BODY, status_code=200)
    def pay(request: AnyRequest, token: FromPath[str], body: RawBody) -> Response[bytes]:
        refuse_foreign(request)
        posted = read_form(body, request.headers.get("content-type", ""))
        try:
            taken = take_payment(platform, _command(request, token, posted))
        except SubmissionRefused as refusal:
            return _form_again(request, token, posted.said, refusal)
        view = open_cashier(platform, token, viewed=False)
        if taken.next == "pay" or not may_pay(view):
            return answer.see_other(_after_payment(token, view))
        said = _one_step_further(posted.said, taken.next)
        model = build_page(view, urls=PageUrls.of(token), page=taken.next, said=said)
        return answer.html(request, pages.page(model))

    def _command(request: AnyRequest, token: str, posted: Posted) -> TakePayment:
        said = posted.said
        return TakePayment(
            token=token,
            method_id=said.method_id,
            fields=dict(said.fields or {}),
            consents=frozenset(said.consents),
            reviewed=said.reviewed,
            confirmed=said.confirmed,
            use_balance=said.use_balance,
            client_ip=request.client.host if request.client else "",
            device_id=device_of(request),
            payer_ref=posted.payer_ref,
        )

    def _form_again(request: AnyRequest, token: str, said: Said, refusal: SubmissionRefused) -> Response[bytes]:
        view = open_cashier(platform, token, viewed=False)
        model = build_page(view, urls=PageUrls.of(token), page="choose", errors=refusal.errors, said=said)
        return answer.html(request, pages.page(model), status=422)

    @post("/c/{token:str}/another-method", sync_to_thread=True, request_max_body_size=MAX_BODY, status_code=200)
    def another_method(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        refuse_foreign(request)
        choose_another_method(platform, token)
        return answer.see_other(f"{PageUrls.of(token).page}?page=choose")

    @get("/c/{token:str}/status", sync_to_thread=True, media_type=MediaType.HTML)
    def status(
        request: AnyRequest, token: FromPath[str], page: Page = None, watch: Watch = None, every: Every = None
    ) -> Response[bytes]:
        view = open_cashier(platform, token, viewed=False)
        model = build_page(view, urls=PageUrls.of(token), page=page)
        if watch is not None and watch != model.watch:
            return Response(b"", headers={"hx-redirect": model.urls.page, "cache-control": "no-store"})
        if watch is not None and every == str(model.poll_s):
            return Response(b"", status_code=204, headers={"cache-control": "no-store"})  # nothing new to read out
        return answer.html(request, pages.status(model))

    @get("/c/{token:str}/receipt", sync_to_thread=True, media_type=MediaType.HTML)
    def receipt(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
        model = build_page(open_cashier(platform, token, viewed=False), urls=PageUrls.of(token))
        if not model.can_print:
            return answer.see_other(model.urls.page)
        return answer.html(request, pages.page(model, receipt=True))

    @get("/assets/{digest:str}/{name:str}", sync_to_thread=False)
    def asset(request: AnyRequest, digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
        found = pages.files.get(f"/assets/{digest}/{name}")
        if found is None:
            raise NotFoundException()
        return answer.file(request, found)

    @get("/embed.js", sync_to_thread=False)
    def embed(request: AnyRequest) -> Response[bytes]:
        return answer.file(request, assets.embed(), cache_control=EMBED_CACHE)

    return Router(
        "/",
        route_handlers=[show, pay, another_method, status, receipt, asset, embed],
        exception_handlers=dict(answer.error_handlers(pages)),
        include_in_schema=False,
    )


def _after_payment(token: str, view: SessionView) -> str:
    """Our own page; for a redirect it sends the browser on, once."""
    page = PageUrls.of(token).page
    return f"{page}?page=redirect" if page_for(view) == "redirect" else page


def _one_step_further(said: Said, step: str) -> Said:
    """The next form carries the answer to this step; an earlier step's answer stays given."""
    reviewed = said.reviewed or step == "review"
    confirmed = said.confirmed or step == "confirm"
    return replace(said, reviewed=reviewed, confirmed=confirmed)
