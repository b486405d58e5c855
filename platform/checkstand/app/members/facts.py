"""The public words for members, their cards and operators: the same dictionaries in API answers and webhooks."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting import AccountRef
from checkstand.accounting.reading import balance
from checkstand.app.facts import instant, money
from checkstand.member.enterprise import ABILITIES, get_enterprise
from checkstand.member.states import CardState

TRIES: Final = 3  # answers to one verification

# What an enterprise member can have, by the words of the answer.
PAYEE_ACCOUNTS: Final = {"pending": "2102", "available": "2103", "deposit": "2104", "debt": "1104"}


def member_facts(connection: Connection, row: Row[Any], currency: str = "CNY") -> dict[str, Any]:
    """A member as it stands, with what it has."""
    told = {
        **member_words(row, row.status),
        "name": row.name,
        "balance": _amount(connection, row, "2001", currency),
        "created_at": instant(row.created_at),
    }
    if row.kind != "enterprise":
        return told
    known = get_enterprise(connection, row.tenant_id, row.member_id)
    accounts = {name: _amount(connection, row, code, currency) for name, code in PAYEE_ACCOUNTS.items()}
    return {**told, "accounts": accounts, "enterprise": _enterprise(known) if known is not None else None}


def member_words(row: Row[Any], status: str) -> dict[str, Any]:
    """Which member a message is about, and how it stands."""
    return {
        "id": row.member_id,
        "external_id": row.external_id,
        "kind": row.kind,
        "status": status,
        "reason": row.status_reason if status == row.status else None,
    }


def card_facts(row: Row[Any], status: str = "") -> dict[str, Any]:
    """A bank card: never more of its number than the last four digits, never the amount that was sent."""
    state = CardState(status or row.status)
    told: dict[str, Any] = {
        "id": row.card_id,
        "member_id": row.owner_id,
        "holder_name": row.holder_name,
        "bank_code": row.bank_code,
        "last4": row.last4,
        "status": state.lower(),
        "created_at": instant(row.created_at),
        "verified_at": instant(row.verified_at),
    }
    return {**told, "tries_left": TRIES - row.tries} if state == CardState.VERIFYING else told


def operator_facts(row: Row[Any]) -> dict[str, Any]:
    """Somebody who acts for an enterprise member."""
    return {
        "id": row.operator_id,
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "created_at": instant(row.created_at),
    }


def _enterprise(row: Row[Any]) -> dict[str, Any]:
    return {
        "legal_name": row.legal_name,
        "registration_no": row.registration_no,
        "contact": {"name": row.contact_name, "email": row.contact_email, "phone": row.contact_phone},
        "settlement_owner": row.settlement_owner_id,
        "may": {ability: bool(getattr(row, f"may_{ability}")) for ability in ABILITIES},
        "methods": row.method_types,
    }


def _amount(connection: Connection, row: Row[Any], code: str, currency: str) -> dict[str, Any]:
    return money(balance(connection, row.tenant_id, AccountRef(code, row.member_id, currency)), currency)
