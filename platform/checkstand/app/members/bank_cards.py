"""Bank cards: added by number, kept sealed, shown by their last four digits."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert
from checkstand.infra.secrets import seal, unseal
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError, Kind, new_id, present
from checkstand.member.cards import MOST, bank_card, cards_of, failed_since, get_card, same_card
from checkstand.member.states import CardState

PAUSE: Final = timedelta(hours=24)  # after a failed verification: nobody guesses a card's amount all day long
NUMBER: Final = re.compile(r"\d{8,30}")  # bank cards have 16 to 19 digits, companies' bank accounts fewer or more
BANK_CODE: Final = re.compile(r"[A-Z0-9]{8,14}")


class CardNumberWrong(CheckstandError):
    code = "card.number_wrong"
    message = "This is not the number of a bank card or bank account."
    remedy = "Write the digits only, 8 to 30 of them; blanks between them are fine."


class BankCodeWrong(CheckstandError):
    code = "card.bank_code_wrong"
    message = "This is not a bank's code."
    remedy = "Write the code of the bank in its clearing system: 12 digits in China."


class HolderMissing(CheckstandError):
    code = "card.holder_missing"
    message = "A bank card has a holder."
    remedy = "Write the name exactly as the bank has it, at most 80 characters."


class TooManyCards(CheckstandError):
    code = "card.too_many"
    kind = Kind.CONFLICT
    message = "This member has as many cards as one may have."
    remedy = f"Remove a card that is no longer used; {MOST} are the most."


class CardFailedLately(CheckstandError):
    code = "card.failed_lately"
    kind = Kind.TOO_MANY
    message = "The verification of this card has just failed."
    remedy = "Check the number and the name with the bank, and try again a day later."


@dataclass(frozen=True, slots=True)
class AddCard:
    """`owner_id` is a member, or a payee of another kind. The number never appears in what this prints as."""

    tenant_id: str
    mode: str
    owner_id: str
    holder_name: str
    bank_code: str
    number: str

    def __repr__(self) -> str:
        return f"AddCard({self.tenant_id!r}, {self.mode!r}, {self.owner_id!r}, …)"


def add_card(platform: Platform, command: AddCard, also: WriteSet | None = None) -> tuple[Row[Any], bool]:
    """The owner's card with this number, made when absent; True when it was made now."""
    number, holder, bank_code = _checked(command)
    print_ = fingerprint(platform, command.tenant_id, number)
    now = platform.clock.now()
    with platform.db.read() as connection:
        known = same_card(connection, command.tenant_id, command.owner_id, print_)
        if known is not None:
            return known, False
        if len(cards_of(connection, command.tenant_id, command.owner_id)) >= MOST:
            raise TooManyCards(owner=command.owner_id)
        if failed_since(connection, command.tenant_id, command.owner_id, print_, now - PAUSE):
            raise CardFailedLately(owner=command.owner_id)
    card_id = new_id("crd")
    row = {
        "tenant_id": command.tenant_id,
        "card_id": card_id,
        "mode": command.mode,
        "owner_id": command.owner_id,
        "holder_name": holder,
        "bank_code": bank_code,
        "account_sealed": _sealed(platform, command.tenant_id, card_id, number),
        "last4": number[-4:],
        "fingerprint": print_,
        "status": CardState.PENDING.value,
        "version": 1,
        "tries": 0,
        "created_at": now,
    }
    history = state_event_op(command.tenant_id, "bank_card", card_id, None, "create", CardState.PENDING, now)
    created = True
    try:
        platform.poster.commit(WriteSet(ops=[Insert(bank_card, row), history]) + (also or WriteSet()))
    except RowExists as taken:
        if taken.table != bank_card.name:
            raise
        created = False  # the same card was added by another request in this moment
    with platform.db.read() as connection:
        if created:
            found = get_card(connection, command.tenant_id, card_id)
        else:
            found = same_card(connection, command.tenant_id, command.owner_id, print_)
    return present(found, "a card that was just added can be read", card=card_id), created


def account_number(platform: Platform, row: Row[Any]) -> str:
    """The number in clear, for the message to the bank and for nothing else; it is never logged or shown."""
    sealed = base64.b64decode(row.account_sealed)
    return unseal(platform.settings.secret_key, sealed, _place(row.tenant_id, row.card_id)).decode()


def fingerprint(platform: Platform, tenant_id: str, number: str) -> str:
    """Equal for equal numbers of one business unit, and useless without the installation's key."""
    message = f"{tenant_id}:{number}".encode()
    return hmac.new(_print_key(platform.settings.secret_key), message, hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _print_key(secret_key: bytes) -> bytes:
    return hashlib.blake2b(secret_key, person=b"bank-card-print").digest()


def _sealed(platform: Platform, tenant_id: str, card_id: str, number: str) -> str:
    return base64.b64encode(seal(platform.settings.secret_key, number.encode(), _place(tenant_id, card_id))).decode()


def _place(tenant_id: str, card_id: str) -> str:
    return f"bank_card:{tenant_id}:{card_id}"


def _checked(command: AddCard) -> tuple[str, str, str]:
    number = re.sub(r"[ -]", "", command.number)
    if not number.isascii() or not NUMBER.fullmatch(number):
        raise CardNumberWrong(pointer="/card_number")
    bank_code = command.bank_code.strip().upper()
    if not bank_code.isascii() or not BANK_CODE.fullmatch(bank_code):
        raise BankCodeWrong(pointer="/bank_code")
    holder = " ".join(command.holder_name.split())
    if not holder or len(holder) > 80 or not holder.isprintable():
        raise HolderMissing(pointer="/holder_name")
    return number, holder, bank_code
