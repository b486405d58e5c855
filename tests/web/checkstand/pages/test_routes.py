"""The shopper's addresses over HTTP, with the use cases played by a small fake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

import checkstand.app.change_method
import checkstand.app.open_cashier
import checkstand.app.take_payment
from checkstand.app.open_cashier import SessionNotFound
from checkstand.app.take_payment import PaymentTaken
from checkstand.cashier import FieldError, SessionView, SubmissionRefused
from checkstand.channel import Registry
from checkstand.web.pages import assets
from checkstand.web.pages.routes import cashier_router
from checkstand.web.pages.sample import sample_view

OWN = {"sec-fetch-site": "same-origin"}
FORM = {"method": "wx", "consent": "terms"}


class Shop:
    """One session and what the next payment leads to."""

    def __init__(self) -> None:
        self.view: SessionView = sample_view(page_state="choose")
        self.then: SessionView = sample_view(page_state="qr")
        self.next: str = "pay"
        self.errors: tuple[FieldError, ...] = ()
        self.taken: list[Any] = []
        self.seen: list[int] = []  # what each page that a person was shown took to render

    def open_cashier(self, platform: object, token: str, *, viewed: bool = True) -> SessionView:
        if token == "fault":
            raise RuntimeError("a mistake of ours")
        if token != "sample":
            raise SessionNotFound()
        assert not viewed  # the page says so itself, once it has been rendered
        return self.view

    def note_view(self, platform: object, view: SessionView, *, render_ms: int) -> None:
        self.seen.append(render_ms)

    def take_payment(self, platform: object, command: Any) -> PaymentTaken:
        if command.token != "sample":
            raise SessionNotFound()
        self.taken.append(command)
        if self.errors:
            raise SubmissionRefused(self.errors)
        if self.next == "pay":
            self.view = self.then
        return PaymentTaken(self.next, None)  # type: ignore[arg-type]

    def choose_another_method(self, platform: object, token: str) -> None:
        self.view = sample_view(page_state="choose")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop()
    monkeypatch.setattr(checkstand.app.open_cashier, "open_cashier", shop.open_cashier)
    monkeypatch.setattr(checkstand.app.open_cashier, "note_view", shop.note_view)
    monkeypatch.setattr(checkstand.app.take_payment, "take_payment", shop.take_payment)
    monkeypatch.setattr(checkstand.app.change_method, "choose_another_method", shop.choose_another_method)
    return shop


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient[Litestar]]:
    platform: Any = SimpleNamespace(registry=Registry.load())
    with TestClient(Litestar([cashier_router(platform)]), raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


def test_the_page_of_an_open_session_offers_its_methods(client, shop) -> None:
    answer = client.get("/c/sample")

    assert answer.status_code == 200
    assert 'data-testid="method-wx"' in answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    assert len(shop.seen) == 1


def test_a_client_without_gzip_gets_plain_bytes(client) -> None:
    answer = client.get("/c/sample", headers={"accept-encoding": "identity"})

    assert "content-encoding" not in answer.headers
    assert answer.text.startswith("<!doctype html>")


def test_paying_leads_to_a_page_that_can_be_reloaded(client, shop) -> None:
    answer = client.post("/c/sample/payments", data={**FORM, "field.invoice_title": "Mei"}, headers=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/sample")
    assert shop.taken[0].method_id == "wx"
    assert shop.taken[0].fields == {"invoice_title": "Mei"}
    assert shop.taken[0].consents == {"terms"}
    assert 'data-status="qr"' in client.get("/c/sample").text


def test_a_redirect_goes_through_our_own_page(client, shop) -> None:
    shop.then = sample_view(page_state="redirect")

    answer = client.post("/c/sample/payments", data=FORM, headers=OWN)

    assert answer.headers["location"] == "/c/sample?page=redirect"
    assert 'content="0;url=https://channel.example/' in client.get("/c/sample?page=redirect").text
    assert 'content="0;url=' not in client.get("/c/sample").text


def test_a_popup_never_leaves_the_page_it_is_in(client, shop) -> None:
    shop.view = sample_view("popup", page_state="redirect")

    assert 'content="0;url=' not in client.get("/c/sample?page=redirect").text


def test_mistakes_come_back_with_what_was_typed(client, shop) -> None:
    shop.errors = (FieldError("/consents/terms", "errors.consent_missing"),)

    answer = client.post("/c/sample/payments", data={"method": "ali", "field.invoice_title": "Mei"}, headers=OWN)

    assert answer.status_code == 422
    assert 'data-testid="error-summary"' in answer.text
    assert 'value="Mei"' in answer.text
    assert re.search(r'id="method-ali"[^>]* checked', answer.text)


@pytest.mark.parametrize("step", ["review", "confirm"])
def test_a_step_carries_the_form_along(client, shop, step: str) -> None:
    shop.next = step

    answer = client.post("/c/sample/payments", data={**FORM, "field.invoice_title": "Mei"}, headers=OWN)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', answer.text))

    assert answer.status_code == 200
    assert f'data-status="{step}"' in answer.text
    assert hidden == {**FORM, "field.invoice_title": "Mei", f"{step}ed": "1"}


def test_a_post_to_a_finished_session_shows_how_it_ended(client, shop) -> None:
    shop.view = shop.then = sample_view(page_state="paid")

    answer = client.post("/c/sample/payments", data=FORM, headers=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/sample")
    assert 'data-status="paid"' in client.get("/c/sample?page=choose").text


@pytest.mark.parametrize("path", ["/c/sample/payments", "/c/sample/another-method"])
@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_a_form_of_another_site_changes_nothing(client, shop, path: str, headers: dict[str, str]) -> None:
    answer = client.post(path, data=FORM, headers=headers)

    assert answer.status_code == 403
    assert 'data-code="page.foreign_form"' in answer.text
    assert not shop.taken


def test_another_method_leads_back_to_the_choice(client, shop) -> None:
    shop.view = sample_view(page_state="qr")

    answer = client.post("/c/sample/another-method", headers=OWN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/sample?page=choose")


def watch_in(page: str) -> dict[str, str]:
    found = re.search(r'hx-get="/c/sample/status\?([^"]+)"', page)
    assert found
    return dict(part.split("=") for part in found[1].replace("&amp;", "&").split("&"))


def test_polling_answers_nothing_while_nothing_changes(client, shop) -> None:
    shop.view = sample_view(page_state="waiting")
    params = watch_in(client.get("/c/sample").text)

    assert client.get("/c/sample/status", params=params).status_code == 204
    assert client.get("/c/sample/status", params={**params, "every": "10"}).text.strip().startswith('<div id="status"')
    assert len(shop.seen) == 1


@pytest.mark.parametrize("agent", ["Googlebot/2.1", "Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "curl/8.5"])
def test_a_machine_gets_the_page_and_is_not_counted(client, shop, agent) -> None:
    assert client.get("/c/sample", headers={"user-agent": agent}).status_code == 200
    assert client.get("/c/sample", headers={"purpose": "prefetch"}).status_code == 200
    assert shop.seen == []


def test_polling_reloads_the_page_when_the_state_changed(client, shop) -> None:
    shop.view = sample_view(page_state="waiting")
    params = watch_in(client.get("/c/sample").text)
    shop.view = sample_view(page_state="paid")

    answer = client.get("/c/sample/status", params=params)

    assert answer.headers["hx-redirect"] == "/c/sample"


def test_the_status_alone_is_only_the_partial(client, shop) -> None:
    shop.view = sample_view(page_state="unknown")

    answer = client.get("/c/sample/status")

    assert 'data-status="unknown"' in answer.text
    assert "<html" not in answer.text


def test_only_a_paid_order_has_a_receipt(client, shop) -> None:
    assert client.get("/c/sample/receipt").headers["location"] == "/c/sample"

    shop.view = sample_view(page_state="paid")

    assert 'data-testid="receipt-page"' in client.get("/c/sample/receipt").text


def test_a_browser_gets_its_number_once(client) -> None:
    first = client.get("/c/sample")
    cookie = first.headers["set-cookie"]

    assert re.match(r"cs_device=[\w-]{32};", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "set-cookie" not in client.get("/c/sample").headers


def test_a_framed_page_over_https_may_keep_its_number(client, shop) -> None:
    shop.view = sample_view("popup")

    cookie = client.get("https://testserver/c/sample").headers["set-cookie"]

    assert "SameSite=none" in cookie
    assert "Secure" in cookie


def test_a_forged_number_is_not_handed_on(client, shop) -> None:
    client.post("/c/sample/payments", data=FORM, headers={**OWN, "cookie": "cs_device=<x>"})

    assert shop.taken[0].device_id is None


@pytest.mark.parametrize(
    ("language", "title"),
    [("de,zh-TW;q=0.8", "找不到这个收银台"), ("ar", "لم نجد صفحة الدفع هذه"), ("", "We cannot find this checkout")],
)
def test_an_unknown_link_says_so_in_the_browsers_language(client, language: str, title: str) -> None:
    answer = client.get("/c/elsewhere", headers={"accept-language": language})

    assert answer.status_code == 404
    assert title in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_mistake_of_ours_tells_no_detail(client) -> None:
    answer = client.get("/c/fault")

    assert answer.status_code == 500
    assert "a mistake of ours" not in answer.text
    assert 'data-code="platform.mistake"' in answer.text


def test_a_form_that_is_too_large_is_refused(client, shop) -> None:
    answer = client.post("/c/sample/payments", data={**FORM, "field.x": "x" * 70_000}, headers=OWN)

    assert answer.status_code == 413
    assert "too much" in answer.text
    assert not shop.taken


def test_a_body_that_is_no_form_is_refused(client, shop) -> None:
    answer = client.post("/c/sample/payments", json=FORM, headers=OWN)

    assert answer.status_code == 400
    assert not shop.taken


def test_static_files_never_change_under_their_address(client) -> None:
    answer = client.get(assets.htmx().url)

    assert answer.content == assets.htmx().body
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/assets/0000000000000000/htmx.js").status_code == 404


def test_the_embed_script_may_be_included_anywhere(client) -> None:
    answer = client.get("/embed.js")

    assert "window.Checkstand" in answer.text
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_an_order_in_the_shops_words_reaches_the_page(client, shop) -> None:
    shop.view = replace(shop.view, title="A <b>bold</b> book")

    assert "A &lt;b&gt;bold&lt;/b&gt; book" in client.get("/c/sample").text
