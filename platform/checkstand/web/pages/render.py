"""A page model becomes bytes and headers. Everything that can be prepared is prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from checkstand.cashier import PageModel
from checkstand.channel import Registry
from checkstand.infra.resources import checkout_templates
from checkstand.web.pages import assets
from checkstand.web.pages.css import Style, style_for
from checkstand.web.pages.pictures import ICONS, MARKS, method_logos, qr_svg
from checkstand.web.pages.policy import page_headers


@dataclass(frozen=True, slots=True)
class Rendered:
    """One answer to a browser."""

    html: bytes
    headers: Mapping[str, str]


class Renderer:
    """All templates, compiled, with the logos of the installed channels.

    `logo_folder` holds the merchants' logo files that themes name.
    """

    def __init__(self, logos: Mapping[str, Path | None], logo_folder: Path | None = None) -> None:
        self._merchant_logos = assets.logos(logo_folder)
        self._environment = Environment(
            loader=FileSystemLoader(checkout_templates()),
            undefined=StrictUndefined,
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self._environment.globals.update(
            icons=ICONS, logos=method_logos(logos), qr_svg=qr_svg, htmx=assets.htmx(), behaviors=assets.behaviors()
        )
        self.files = {**assets.inventory(), **{logo.url: logo for logo in self._merchant_logos.values()}}
        self._pages: dict[tuple[str, str], Template] = {}

    def page(self, model: PageModel, *, receipt: bool = False, still: bool = False) -> Rendered:
        """The whole page. A `still` one is a picture for a frame of our own: it runs nothing and asks nothing again."""
        style = style_of(model)
        html = self._environment.get_template(f"{model.form}/page.html").render(
            m=model,
            css=style.text,
            receipt=receipt,
            still=still,
            page_template=self._page_template(model.form, "receipt" if receipt else model.page),
            **self._parts(model),
        )
        ancestors = model.allowed_origins if model.form == "popup" else ()
        return Rendered(html.encode(), page_headers(style.csp_hash, ancestors=() if still else ancestors, ours=still))

    def status(self, model: PageModel) -> Rendered:
        """The status partial alone, for htmx."""
        html = self._environment.get_template("_shared/partials/_status.html").render(m=model, **self._parts(model))
        return Rendered(html.encode(), page_headers(style_of(model).csp_hash))

    def notice(self, notice: Any) -> Rendered:
        """A page without a session."""
        style = style_for("notice", "auto", ())
        html = self._environment.get_template("_shared/notice.html").render(n=notice, css=style.text)
        return Rendered(html.encode(), page_headers(style.csp_hash))

    def _parts(self, model: PageModel) -> dict[str, Any]:
        return {"mark": MARKS.get(model.page, "alert"), "merchant_logo": self._merchant_logo(model)}

    def _merchant_logo(self, model: PageModel) -> str | None:
        found = self._merchant_logos.get(model.theme.logo or "")
        return found.url if found else None

    def _page_template(self, form: str, page: str) -> Template:
        """A form's own version of a page, else the shared one, else the one for states."""
        if (form, page) not in self._pages:
            names = (f"{form}/pages/{page}.html", f"_shared/pages/{page}.html", "_shared/pages/state.html")
            self._pages[form, page] = self._environment.select_template(names)
        return self._pages[form, page]


def style_of(model: PageModel) -> Style:
    """The page's stylesheet; equal themes share it."""
    return style_for(model.form, model.theme.base, tuple(sorted(model.theme.tokens.items())))


_default: list[Renderer] = []


def default_renderer() -> Renderer:
    """The renderer of the installed channels, made on first use."""
    if not _default:
        types = Registry.load().method_types()
        _default.append(Renderer({name: kind.logo for name, kind in types.items()}))
    return _default[0]


def render(model: PageModel) -> Rendered:
    """Render a page with the installed channels' logos."""
    return default_renderer().page(model)
