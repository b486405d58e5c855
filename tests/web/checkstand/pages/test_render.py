"""Every form in every state and language: complete, small, within its policy, and usable by tests."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from checkstand.cashier import FieldError, PageModel, PageUrls, Said, build_page
from checkstand.cashier.texts import LOCALES
from checkstand.scenario.plan import CompositePlan, ThemePlan
from checkstand.web.pages import assets
from checkstand.web.pages.render import Rendered, Renderer, default_renderer, render
from checkstand.web.pages.sample import STATES, sample_plan, sample_view

FORMS = ("full_screen", "popup", "mobile_site", "regulatory")
EVERY_PAGE = list(itertools.product(FORMS, STATES, LOCALES))
PAGE_BYTES = 14_000
FIRST_LOAD_BYTES = 30_000
VOID = {"meta", "link", "img", "input", "br", "hr", "path", "rect", "circle"}


class Seen(HTMLParser):
    """What is in a page, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.tags if (value := attrs.get(name)) is not None]


def model_of(form: str, state: str, locale: str = "en", **changes) -> PageModel:
    view = sample_view(form, "pc", locale, state, **changes)
    asked = state if state in {"review", "confirm"} else None
    errors = ()
    if state == "errors":
        errors = (
            FieldError("/method", "errors.method_missing"),
            FieldError("/consents/terms", "errors.consent_missing"),
        )
    said = Said("wx", {"invoice_title": "Mei"}, {"terms"}) if asked else Said()
    return build_page(view, urls=PageUrls.of("sample"), page=asked, errors=errors, said=said)


def page(form: str, state: str, locale: str = "en", **changes) -> Rendered:
    return render(model_of(form, state, locale, **changes))


@pytest.mark.parametrize(("form", "state", "locale"), EVERY_PAGE)
def test_a_page_is_well_formed(form: str, state: str, locale: str) -> None:
    html = page(form, state, locale).html.decode()
    seen = Seen(html)

    assert not seen.open
    assert not [name for name, times in Counter(seen.all("id")).items() if times > 1]
    assert seen.tags[0] == ("html", {"lang": locale, "dir": "rtl" if locale == "ar" else "ltr"})
    assert len(re.findall("<h1", html)) == 1
    assert "{" not in re.sub(
        r"<style>.*?</style>|<meta name=\"htmx-config\"[^>]*>|data-params=\"[^\"]*\"", "", html, flags=re.DOTALL
    )


@pytest.mark.parametrize(("form", "state", "locale"), EVERY_PAGE)
def test_labels_and_descriptions_point_at_something(form: str, state: str, locale: str) -> None:
    seen = Seen(page(form, state, locale).html.decode())
    ids = set(seen.all("id"))
    pointed = [
        part
        for name in ("for", "aria-describedby", "aria-labelledby")
        for value in seen.all(name)
        for part in value.split()
    ]
    anchors = [href[1:] for href in seen.all("href") if href.startswith("#")]

    assert set(pointed) <= ids
    assert set(anchors) <= ids


@pytest.mark.parametrize(("form", "state"), list(itertools.product(FORMS, STATES)))
def test_a_page_carries_nothing_inline_that_its_policy_refuses(form: str, state: str) -> None:
    rendered = page(form, state)
    html, policy = rendered.html.decode(), rendered.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    seen = Seen(html)
    assert not [attrs for _, attrs in seen.tags if "style" in attrs or any(name.startswith("on") for name in attrs)]
    scripts = [attrs for tag, attrs in seen.tags if tag == "script"]
    assert {attrs["src"] for attrs in scripts} <= set(assets.inventory())
    assert all(attrs["integrity"] == assets.inventory()[attrs["src"]].integrity for attrs in scripts)


@pytest.mark.parametrize(("form", "state", "locale"), EVERY_PAGE)
def test_a_page_stays_within_its_weight(form: str, state: str, locale: str) -> None:
    rendered = page(form, state, locale)
    weight = len(gzip.compress(rendered.html, 5))
    scripts = [asset for url, asset in assets.inventory().items() if url.encode() in rendered.html]

    assert weight <= PAGE_BYTES
    assert weight + sum(len(asset.zipped) for asset in scripts) <= FIRST_LOAD_BYTES


@pytest.mark.parametrize("form", FORMS)
def test_the_choice_can_be_driven_by_its_hooks(form: str) -> None:
    hooks = Seen(page(form, "choose").html.decode()).all("data-testid")

    assert {"method-wx", "method-ali", "method-bal", "pay", "payment-status"} <= set(hooks)


HOOKS = [
    ("qr", {"payment-status", "simulator-link", "another-method"}),
    ("qr_over", {"payment-status", "another-method"}),
    ("redirect", {"payment-status", "simulator-link", "continue", "another-method"}),
    ("invoke", {"payment-status", "simulator-link", "another-method"}),
    ("waiting", {"payment-status", "simulator-link", "another-method"}),
    ("unknown", {"payment-status", "simulator-link"}),
    ("failed", {"payment-status", "another-method"}),
    ("paid", {"payment-status", "receipt", "return"}),
    ("refunded", {"payment-status", "receipt"}),
    ("review", {"payment-status", "pay", "change"}),
    ("confirm", {"payment-status", "pay", "change"}),
    ("expired", {"payment-status", "return"}),
    ("closed", {"payment-status", "return"}),
    ("errors", {"error-summary"}),
]


@pytest.mark.parametrize(("state", "hooks"), HOOKS)
@pytest.mark.parametrize("form", FORMS)
def test_every_state_has_its_hooks(form: str, state: str, hooks: set[str]) -> None:
    found = Seen(page(form, state).html.decode()).all("data-testid")

    assert hooks <= set(found)
    assert Counter(found)["another-method"] <= 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("state", ["unknown", "closing", "paid", "refunded", "expired", "closed"])
def test_a_page_that_cannot_pay_offers_nothing_to_pay_with(form: str, state: str) -> None:
    found = set(Seen(page(form, state).html.decode()).all("data-testid"))

    assert not found & {"pay", "another-method", "method-wx"}


@pytest.mark.parametrize("form", FORMS)
def test_a_waiting_page_refreshes_without_javascript(form: str) -> None:
    assert b'<noscript><meta http-equiv="refresh" content="2"></noscript>' in page(form, "waiting").html
    assert b"http-equiv" not in page(form, "paid").html


def test_a_redirect_page_forwards_only_right_after_paying() -> None:
    view = sample_view(page_state="redirect")
    urls = PageUrls.of("sample")

    assert b'content="0;url=https://channel.example/' in render(build_page(view, urls=urls, forward=True)).html
    assert b'content="0;url=' not in render(build_page(view, urls=urls)).html


def test_only_a_popup_may_be_framed_and_only_by_its_merchant() -> None:
    popup, full = page("popup", "choose").headers, page("full_screen", "choose").headers

    assert "frame-ancestors 'self' https://shop.example" in popup["content-security-policy"]
    assert "frame-ancestors 'none'" in full["content-security-policy"]
    assert full["x-frame-options"] == "DENY"
    assert "x-frame-options" not in popup


def test_an_origin_that_carries_a_directive_is_left_out() -> None:
    plan = sample_plan("popup", allowed_origins=("https://shop.example; script-src *", "https://shop.example/path"))

    policy = page("popup", "choose", plan=plan).headers["content-security-policy"]

    assert policy.endswith("frame-ancestors 'none'")


def test_what_shoppers_and_merchants_write_is_text() -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    view = sample_view(title=evil, merchant_name=evil, order_no=evil, lines=({"name": evil, "quantity": 1},))
    model = build_page(view, urls=PageUrls.of("sample"), said=Said("wx", {"invoice_title": evil}))

    html = render(model).html.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert Seen(html).all("value").count(evil) == 1


def test_a_theme_cannot_leave_its_style() -> None:
    tokens = {
        "color_primary": "#c8102e",
        "font": "x;}</style><script>",
        "color_link": "red;}*{visibility:collapse",
        "radius": 99,
    }
    plan = sample_plan(theme=ThemePlan("auto", tokens, None))

    html = page("full_screen", "choose", plan=plan).html.decode()

    assert "--color-primary:#c8102e" in html
    assert html.count("</style>") == 1
    assert "visibility:collapse" not in html


@pytest.mark.parametrize(("base", "night"), [("auto", True), ("light", False)])
def test_a_light_theme_has_no_night(base: str, night: bool) -> None:
    plan = sample_plan(theme=ThemePlan(base, {"color_primary": "#c8102e"}, None))

    assert (b"prefers-color-scheme:dark" in page("full_screen", "choose", plan=plan).html) == night


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("locale", LOCALES)
def test_the_receipt_can_be_printed_and_read(form: str, locale: str) -> None:
    html = default_renderer().page(model_of(form, "paid", locale), receipt=True).html.decode()

    assert 'data-testid="receipt-page"' in html
    assert "pay_01jd8q6z3v5w7x9y2a4b6c8d0e" in html
    assert not Seen(html).open


def test_the_status_partial_is_only_that() -> None:
    html = default_renderer().status(model_of("full_screen", "waiting")).html.decode()

    assert html.strip().startswith('<div id="status"')
    assert "<html" not in html
    assert 'hx-trigger="every 2s"' in html


def test_a_live_page_has_no_test_banner() -> None:
    assert b'test-banner"' in page("full_screen", "choose").html
    assert b'test-banner"' not in page("full_screen", "choose", mode="live").html


def test_a_method_without_a_logo_shows_a_card() -> None:
    view = sample_view()
    methods = tuple(replace(method, type="mystery") for method in view.plan.methods)

    html = render(build_page(replace(view, plan=replace(view.plan, methods=methods)), urls=PageUrls.of("x"))).html

    assert b"#5b6472" in html


def test_a_merchants_logo_replaces_the_initial(tmp_path) -> None:
    (tmp_path / "lantern.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    renderer = Renderer({}, tmp_path)
    themed = {name: ThemePlan("auto", {}, name) for name in ("lantern.svg", "../lantern.svg", "absent.svg")}
    pages = {
        name: renderer.page(model_of("full_screen", "choose", plan=sample_plan(theme=t))) for name, t in themed.items()
    }

    shown = {name: re.findall(rb'class="brand-logo" src="([^"]+)"', rendered.html) for name, rendered in pages.items()}

    assert [path.decode() in renderer.files for path in shown["lantern.svg"]] == [True]
    assert shown["../lantern.svg"] == shown["absent.svg"] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_part_from_the_balance_is_a_checkbox_of_the_form(form: str) -> None:
    both = sample_plan(form, composite=CompositePlan(allow=True, internal_first=("balance",)))
    html = page(form, "choose", plan=both).html.decode()

    box = re.search(r'<input type="checkbox" id="use-balance"[^>]*>', html)
    assert box is not None
    assert ('name="use_balance"' in box[0], 'value="18050"' in box[0], "checked" in box[0]) == (True, True, False)
    assert html.index("<form") < html.index(box[0]) < html.index('data-testid="method-wx"') < html.index("</form>")
