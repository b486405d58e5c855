"""Turns a template and its values into a page in the shopper's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType

from checkstand_shop.catalogue import CATEGORIES
from checkstand_shop.config import ShopConfig
from checkstand_shop.words import LOCALE_NAMES, pick_language, price, words

YEAR_S = 365 * 24 * 3600


class Pages:
    """The templates of the shop, ready to be shown."""

    def __init__(self, config: ShopConfig) -> None:
        self._config = config
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, request: Request[Any, Any, Any], name: str, *, status: int = 200, **values: Any) -> Response[str]:
        """One page; a language that was asked for in the address is remembered."""
        lang = language(request)
        body = self._templates.get_template(name).render(
            t=words(lang),
            lang=lang,
            zh=lang == "zh",
            prefix=self._config.prefix,
            base_url=self._config.base_url,
            path=request.url.path,
            price=price,
            said=lambda texts: said(texts, lang),
            categories={key: pair[lang != "zh"] for key, pair in CATEGORIES.items()},
            locale_names=LOCALE_NAMES,
            **values,
        )
        cookies = []
        if request.query_params.get("lang") == lang:
            cookies.append(
                Cookie(key="shop_lang", value=lang, path=self._config.prefix, max_age=YEAR_S, samesite="lax")
            )
        return Response(body, media_type=MediaType.HTML, status_code=status, cookies=cookies)


def language(request: Request[Any, Any, Any]) -> str:
    return pick_language(
        request.query_params.get("lang"), request.cookies.get("shop_lang"), request.headers.get("accept-language", "")
    )


def said(texts: Any, lang: str) -> str:
    """A text of a scenario in this language, or in whatever language it has."""
    return str(texts.get("zh-CN" if lang == "zh" else "en") or next(iter(texts.values()), ""))
