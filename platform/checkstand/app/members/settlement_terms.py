"""How a payee is settled, as a person in the console sets it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import MemberNotFound, get_member
from checkstand.member.cards import payable_card
from checkstand.member.merchant import merchant_owner
from checkstand.member.settlement_profile import CYCLE, DESTINATIONS, Profile, get_profile, profile_op

MOST_DAYS: Final = 365
MOST_MINOR: Final = 10**13
_NUMBERS: Final = {"min_minor": MOST_MINOR, "reserve_ppm": 10**6, "reserve_days": MOST_DAYS,
                   "auto_approve_minor": MOST_MINOR, "credit_limit_minor": MOST_MINOR}  # fmt: skip


class CycleWrong(CheckstandError):
    code = "settlement.cycle_wrong"
    message = "This is not a settlement cycle."
    remedy = "Write T+0 to T+30: the number of working days after the day of the sale."


class DestinationWrong(CheckstandError):
    code = "settlement.destination_wrong"
    message = "A settlement goes to the wallet or to a bank card."
    remedy = "Choose the wallet, or the bank and one of the payee's verified cards."


class SettlementNumberWrong(CheckstandError):
    code = "settlement.number_wrong"
    message = "This is not a number that a settlement can have."
    remedy = f"Write whole numbers: amounts in minor units, the share in millionths, at most {MOST_DAYS} days."


class ProfileChanged(CheckstandError):
    code = "settlement.profile_changed"
    kind = Kind.CONFLICT
    message = "Somebody has saved this settlement since you opened the page. Nothing was changed."
    remedy = "Look at what stands there now, and save again what you still want to change."


def change_profile(platform: Platform, who: Actor, profile: Profile, typed: Mapping[str, str]) -> Profile:
    """Save what was typed over the profile that the page was made from, with the audit line in one commit."""
    wanted = _read(profile, typed)
    with platform.db.read() as connection:
        _check_owner(platform, profile)
        if get_profile(connection, profile.tenant_id, profile.mode, profile.owner_id).version != profile.version:
            raise ProfileChanged(owner=profile.owner_id)
        if wanted.destination == "bank":
            if not wanted.card_id:
                raise DestinationWrong(pointer="card_id")
            payable_card(connection, wanted.tenant_id, wanted.owner_id, wanted.card_id)
    now = platform.clock.now()
    told = who.audit(
        wanted.tenant_id, "settlement_profile.change", "member", wanted.owner_id, now, mode=wanted.mode,
        before=_words(profile), after=_words(wanted),
    )  # fmt: skip
    try:
        platform.poster.commit(WriteSet(ops=[profile_op(wanted, now), told]))
    except (EdgeRefused, RowExists):
        raise ProfileChanged(owner=profile.owner_id) from None
    return wanted._replace(version=profile.version + 1, updated_at=now)


def _check_owner(platform: Platform, profile: Profile) -> None:
    if profile.owner_id == merchant_owner(profile.tenant_id, profile.mode):
        return
    with platform.db.read() as connection:
        row = get_member(connection, profile.tenant_id, profile.owner_id)
    if row is None or row.mode != profile.mode or row.kind != "enterprise":
        raise MemberNotFound(member=profile.owner_id)


def _read(profile: Profile, typed: Mapping[str, str]) -> Profile:
    cycle, destination = typed["cycle"].strip().upper(), typed["destination"]
    if not CYCLE.fullmatch(cycle):
        raise CycleWrong(pointer="cycle")
    if destination not in DESTINATIONS:
        raise DestinationWrong(pointer="destination")
    numbers: dict[str, Any] = {name: _number(name, typed[name], most) for name, most in _NUMBERS.items()}
    card_id = typed["card_id"] if destination == "bank" else None
    return profile._replace(cycle=cycle, destination=destination, card_id=card_id, **numbers)


def _number(name: str, text: str, most: int) -> int:
    text = text.strip() or "0"
    if not text.isascii() or not text.isdigit() or len(text) > 14 or int(text) > most:
        raise SettlementNumberWrong(pointer=name)
    return int(text)


def _words(profile: Profile) -> dict[str, object]:
    names = ("cycle", "destination", "card_id", *_NUMBERS)
    return {name: getattr(profile, name) for name in names}
