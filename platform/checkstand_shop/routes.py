"""What a shopper can do here: look, buy, come back to an order, send it back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Redirect

from checkstand_shop.catalogue import GOODS, good
from checkstand_shop.client import Checkstand, Refused
from checkstand_shop.config import ScenarioCard, ShopConfig
from checkstand_shop.orders import Order, OrderBook, new_order_no, now, standing
from checkstand_shop.pages import Pages, language

Web = Request[Any, Any, Any]
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PagesDep = NamedDependency[Pages]
BookDep = NamedDependency[OrderBook]
ConfigDep = NamedDependency[ShopConfig]
PlatformDep = NamedDependency[Checkstand]
SHOPPER = "mei"  # Mei is a member with a balance, so every method can be tried


@get("/")
async def show_catalogue(request: Web, pages: PagesDep, config: ConfigDep) -> Response[str]:
    return pages.show(request, "home.html", goods=GOODS, card=config.default_card())


@get("/checkouts")
async def show_checkouts(request: Web, pages: PagesDep, config: ConfigDep) -> Response[str]:
    return pages.show(request, "checkouts.html", cards=config.scenarios)


@get("/embed")
async def show_embed(request: Web, pages: PagesDep, config: ConfigDep) -> Response[str]:
    return pages.show(request, "embed.html", goods=GOODS[:4], card=config.popup_card() or config.default_card())


@get("/orders")
async def show_orders(request: Web, pages: PagesDep, book: BookDep) -> Response[str]:
    return pages.show(request, "orders.html", orders=await asyncio.to_thread(book.latest))


@post("/orders", status_code=303)
async def place_order(
    request: Web, data: Form, config: ConfigDep, book: BookDep, platform: PlatformDep
) -> Response[Any]:
    """Write the order down first, then ask for a checkout: an order without a checkout can be continued, not lost."""
    order = _order(data, config, language(request), request.headers.get("user-agent", ""))
    await asyncio.to_thread(book.add, order)
    wants_json = "application/json" in request.headers.get("accept", "")
    try:
        url = await _checkout(order, book, platform)
    except Refused as refused:
        if wants_json:
            return Response({"detail": refused.detail, "remedy": refused.remedy}, status_code=502)
        return Redirect(f"{config.prefix}/orders/{order.order_no}?refused=1", status_code=303)
    if wants_json:
        return Response({"url": url, "order": f"{config.prefix}/orders/{order.order_no}"}, status_code=201)
    return Redirect(url, status_code=303)


@get("/orders/{order_no:str}")
async def show_order(request: Web, order_no: FromPath[str], pages: PagesDep, book: BookDep) -> Response[str]:
    order = await _find(book, order_no)
    hooks = await asyncio.to_thread(book.hooks, order_no)
    return pages.show(request, "order.html", order=order, hooks=hooks, standing=standing(order, hooks), refused=None)


@post("/orders/{order_no:str}/checkout", status_code=303)
async def continue_checkout(
    request: Web, order_no: FromPath[str], pages: PagesDep, book: BookDep, platform: PlatformDep
) -> Response[Any]:
    order = await _find(book, order_no)
    try:
        return Redirect(order.session_url or await _checkout(order, book, platform), status_code=303)
    except Refused as refused:
        return await _refused(request, pages, book, order, refused)


@post("/orders/{order_no:str}/refund", status_code=303)
async def refund_order(
    request: Web, order_no: FromPath[str], config: ConfigDep, pages: PagesDep, book: BookDep, platform: PlatformDep
) -> Response[Any]:
    order = await _find(book, order_no)
    stands = standing(order, await asyncio.to_thread(book.hooks, order_no))
    try:
        if stands.status != "paid" or stands.payment_id is None:
            raise Refused("Only a paid order can be refunded.")
        await platform.refund(order, stands.payment_id)
    except Refused as refused:
        return await _refused(request, pages, book, order, refused)
    return Redirect(f"{config.prefix}/orders/{order_no}?refund=asked", status_code=303)


async def _checkout(order: Order, book: OrderBook, platform: Checkstand) -> str:
    session_id, url = await platform.create_session(order)
    await asyncio.to_thread(book.attach_session, order.order_no, session_id, url)
    return url


async def _find(book: OrderBook, order_no: str) -> Order:
    order = await asyncio.to_thread(book.get, order_no)
    if order is None:
        raise NotFoundException(detail="")
    return order


async def _refused(request: Web, pages: Pages, book: OrderBook, order: Order, refused: Refused) -> Response[str]:
    hooks = await asyncio.to_thread(book.hooks, order.order_no)
    return pages.show(
        request, "order.html", status=502, order=order, hooks=hooks, standing=standing(order, hooks), refused=refused
    )


def _order(data: dict[str, str], config: ShopConfig, lang: str, user_agent: str) -> Order:
    """An order from the form; prices come from the catalogue, never from the browser."""
    default = config.default_card()
    card = config.card(data.get("scenario", "")) or default
    if card is None:
        raise ClientException(detail="No scenario is published yet.")
    item = good(data.get("good", ""))
    quantity = _whole(data.get("quantity", "1"), 1, 99)
    if item is not None:
        title, amount, category = item.name(lang), item.price_minor * quantity, item.category
    else:
        title, amount, category = _scenario_title(card, lang), _whole(data.get("amount", ""), 1, 10**10), card.category
    return Order(
        order_no=new_order_no(),
        title=title,
        good_id=item.id if item else None,
        category=category,
        quantity=quantity,
        amount_minor=amount,
        currency=card.currency,
        scenario=card.id,
        terminal=_chosen(data.get("terminal"), card.terminals) or _terminal(card, user_agent),
        locale=_chosen(data.get("locale"), card.locales) or ("zh-CN" if lang == "zh" else "en"),
        shopper=SHOPPER,
        session_id=None,
        session_url=None,
        created_at=now(),
    )


def _scenario_title(card: ScenarioCard, lang: str) -> str:
    return card.name.get("zh-CN" if lang == "zh" else "en") or next(iter(card.name.values()), card.id)


def _chosen(wish: str | None, offered: tuple[str, ...]) -> str | None:
    return wish if wish in offered else None


def _terminal(card: ScenarioCard, user_agent: str) -> str:
    """The terminal this browser is, if the scenario serves it."""
    likely = "h5" if "Mobi" in user_agent else "pc"
    return likely if likely in card.terminals else card.terminals[0]


def _whole(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise ClientException(detail=f"{text[:20]!r} is not a whole number from {low} to {high}.")
    return int(text)


HANDLERS = [
    show_catalogue,
    show_checkouts,
    show_embed,
    show_orders,
    place_order,
    show_order,
    continue_checkout,
    refund_order,
]
