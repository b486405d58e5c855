"""Takes pictures of every form in every state, for people who look at them.

    python tests/shots.py OUT [--browser PATH] [--forms popup,…] [--states qr,…] [--locales en,ar]
                              [--widths 390,1280] [--schemes light,dark]

Writes `OUT/{form}-{state}-{locale}-{width}-{scheme}.png`. The pages come from `web/pages/sample.py`, so no server runs.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from checkstand.cashier import FieldError, PageUrls, Said, build_page
from checkstand.web.pages.render import default_renderer
from checkstand.web.pages.sample import STATES, sample_view

FORMS = ("full_screen", "popup", "mobile_site", "regulatory")
HEIGHTS = {390: 844, 420: 640, 1280: 860}


def page_html(form: str, state: str, locale: str, width: int = 1280) -> str:
    """The page of one sample session."""
    view = sample_view(form, "h5" if width < 600 else "pc", locale, state)
    asked = state if state in {"review", "confirm"} else None
    errors: tuple[FieldError, ...] = ()
    said = Said("wx", {"invoice_title": "Mei Lin"}, frozenset({"terms"})) if asked else Said()
    if state == "errors":
        errors = (
            FieldError("/method", "errors.method_missing"),
            FieldError("/consents/terms", "errors.consent_missing"),
        )
        if form == "regulatory":
            errors = (*errors, FieldError("/fields/id_number", "errors.field_id_number"))
            said = Said("wx", {"real_name": "Mei Lin", "id_number": "110101199003070000"})
    model = build_page(view, urls=PageUrls.of(view.token), page=asked, errors=errors, said=said)
    return default_renderer().page(model, receipt=state == "receipt").html.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"))
    for name, default in (
        ("forms", FORMS),
        ("states", tuple(STATES)),
        ("locales", ("zh-CN", "en", "ar")),
        ("widths", (390, 1280)),
        ("schemes", ("light", "dark")),
    ):
        parser.add_argument(f"--{name}", default=",".join(map(str, default)))
    told = parser.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    choices = (getattr(told, name).split(",") for name in ("forms", "states", "locales", "widths", "schemes"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=told.browser, args=["--no-sandbox"])
        for form, state, locale, width, scheme in itertools.product(*choices):
            size = int(width)
            page = browser.new_page(
                viewport={"width": size, "height": HEIGHTS.get(size, 800)},
                color_scheme=scheme,
                java_script_enabled=False,
            )
            page.set_content(page_html(form, state, locale, size))
            page.screenshot(path=told.out / f"{form}-{state}-{locale}-{width}-{scheme}.png", full_page=form != "popup")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
