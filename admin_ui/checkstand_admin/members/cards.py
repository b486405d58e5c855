"""Bank cards of a member, or of the business unit itself (`own`), and how their sales are settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.accounting import WriteSet
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.members.facts import TRIES
from checkstand.app.members.find import own_member
from checkstand.app.members.remove_card import remove_card
from checkstand.app.members.settlement_terms import change_profile
from checkstand.app.members.verify_card import VerifyCard, answer_verification, begin_verification
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.member import require_open
from checkstand.member.cards import cards_of
from checkstand.member.merchant import merchant_owner
from checkstand.member.settlement_profile import DESTINATIONS, get_profile
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.members.common import told
from checkstand_admin.problems import STATUS

OWN = "own"  # in an address: the business unit's own merchant
FIELDS = (
    "cycle",
    "destination",
    "card_id",
    "min_minor",
    "reserve_ppm",
    "reserve_days",
    "auto_approve_minor",
    "credit_limit_minor",
)


def routes(console: Console) -> list[Any]:
    return [*_cards(console), *_settlement(console)]


def _cards(console: Console) -> list[Any]:
    platform = console.platform
    page = _page(console)

    def line(who: Visitor, action: str, object_id: str, **after: Any) -> Op:
        now = platform.clock.now()
        return who.actor.audit(who.unit, action, "bank_card", object_id, now, mode=who.mode, after=after or None)

    def done(request: AnyRequest, who: Visitor, owner: str, act: Any, form: Form | None = None) -> Response[bytes]:
        try:
            act()
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, owner, status=STATUS[error.kind], error=problem, new=form)
        return see_other(who.url("members", owner, "cards"), done="saved")

    @get("/u/{unit:str}/{mode:str}/members/{owner:str}/cards", needs="members.read", sync_to_thread=True)
    def index(request: AnyRequest, owner: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), owner)

    @post("/u/{unit:str}/{mode:str}/members/{owner:str}/cards", needs="members.write", sync_to_thread=True)
    def add(request: AnyRequest, owner: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        owner_id = _owner_id(console, who, owner, changes=True)
        command = AddCard(who.unit, who.mode, owner_id, form["holder_name"], form["bank_code"], form["card_number"])
        also = WriteSet(ops=[line(who, "card.add", owner_id)])
        return done(request, who, owner, lambda: add_card(platform, command, also), form)

    @post(
        "/u/{unit:str}/{mode:str}/members/{owner:str}/cards/{card_id:str}/verification",
        needs="members.write",
        sync_to_thread=True,
    )
    def verify(request: AnyRequest, owner: FromPath[str], card_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        command = VerifyCard(who.unit, who.mode, _owner_id(console, who, owner), card_id)
        typed = form["amount_minor"].strip()
        if not typed:
            began = [line(who, "card.verify", card_id)]
            return done(request, who, owner, lambda: begin_verification(platform, command, lambda _: began))
        minor = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        return done(
            request, who, owner,
            lambda: answer_verification(
                platform, command, minor, lambda answer: [line(who, "card.answer", card_id, status=answer["status"])]
            ),
        )  # fmt: skip

    @post(
        "/u/{unit:str}/{mode:str}/members/{owner:str}/cards/{card_id:str}/removal",
        needs="members.write",
        sync_to_thread=True,
    )
    def remove(request: AnyRequest, owner: FromPath[str], card_id: FromPath[str], body: RawBody) -> Response[bytes]:
        who, _ = console.submit(request, body)
        owner_id, also = _owner_id(console, who, owner), [line(who, "card.remove", card_id)]
        return done(request, who, owner, lambda: remove_card(platform, who.unit, who.mode, owner_id, card_id, also))

    return [index, add, verify, remove]


def _settlement(console: Console) -> list[Any]:
    platform = console.platform
    page = _page(console)

    @post("/u/{unit:str}/{mode:str}/members/{owner:str}/settlement", needs="members.write", sync_to_thread=True)
    def save(request: AnyRequest, owner: FromPath[str], body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        owner_id = _owner_id(console, who, owner)
        with platform.db.read() as connection:
            profile = get_profile(connection, who.unit, who.mode, owner_id)
        version = int(form["version"]) if form["version"].isdecimal() else 0
        typed = {name: form[name] for name in FIELDS}
        try:
            change_profile(platform, who.actor, profile._replace(version=version), typed)
        except CheckstandError as error:
            problem = told(console, request, who, error)
            return page(request, who, owner, status=STATUS[error.kind], error=problem, typed=typed)
        return see_other(who.url("members", owner, "cards"), done="saved")

    return [save]


def _owner_id(console: Console, who: Visitor, owner: str, *, changes: bool = False) -> str:
    """Whose cards these are. Raises `MemberNotFound`."""
    if owner == OWN:
        return merchant_owner(who.unit, who.mode)
    with console.platform.db.read() as connection:
        row = own_member(connection, who.unit, who.mode, owner)
    if changes:
        require_open(row)
    return owner


def _page(console: Console) -> Callable[..., Response[bytes]]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, owner: str, *, status: int = 200, error: Any = None,
        new: Form | None = None, typed: dict[str, str] | None = None,
    ) -> Response[bytes]:  # fmt: skip
        owner_id = _owner_id(console, who, owner)
        with platform.db.read() as connection:
            row = None if owner == OWN else own_member(connection, who.unit, who.mode, owner)
            kept = cards_of(connection, who.unit, owner_id)
            profile = get_profile(connection, who.unit, who.mode, owner_id)
        looked = who.actor.audit(who.unit, "cards.read", "member", owner_id, platform.clock.now(), mode=who.mode)
        platform.poster.commit(WriteSet(ops=[looked]))
        fields = typed or {name: str(getattr(profile, name) or ("" if name == "card_id" else 0)) for name in FIELDS}
        shown: dict[str, Any] = {
            "owner": owner,
            "member": row,
            "cards": kept,
            "tries": TRIES,
            "profile": profile,
            "typed": fields,
        }
        shown |= {"destinations": DESTINATIONS, "error": error, "new": new or {}}
        return console.page(request, who, "members/cards.html", status=status, **shown)

    return page
