"""A member with a verified bank card, and the bank's own log as the judge of what was really paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.world import LANTERN, World

from checkstand.accounting import AccountRef, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import balance
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.payouts.request_withdrawal import RequestWithdrawal, request_withdrawal
from checkstand.infra.ops import Update
from checkstand.infra.state_event import history_of
from checkstand.kernel import new_id
from checkstand.member.cards import bank_card
from checkstand.reconciliation.bank_store import bank_statement
from checkstand.settlement.payout_store import get_payout, payout


@dataclass
class PayDesk:
    """What payout tests do and ask."""

    world: World
    member_id: str = ""
    card_id: str = ""

    def card(self, owner_id: str, *, bank_code: str = "102100000021", verified: bool = True) -> str:
        number = f"6222{int.from_bytes(new_id('x').encode()[-6:], 'big') % 10**12:012d}"
        row, _ = add_card(self.world.platform, AddCard(LANTERN, "test", owner_id, "梅", bank_code, number))
        if verified:
            key = {"tenant_id": LANTERN, "card_id": row.card_id}
            self.world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "VERIFIED"})]))
        return str(row.card_id)

    def withdraw(self, minor: int, **changes: Any) -> str:
        """Mei asks for this amount; the payout's id."""
        values: dict[str, Any] = {
            "tenant_id": LANTERN,
            "mode": "test",
            "member_id": self.member_id,
            "card_id": self.card_id,
            "amount_minor": minor,
            "currency": "CNY",
            "withdrawal_no": new_id("wd"),
            **changes,
        }
        return str(request_withdrawal(self.world.platform, RequestWithdrawal(**values))["id"])

    def row(self, payout_id: str) -> Any:
        with self.world.platform.db.read() as connection:
            return get_payout(connection, LANTERN, payout_id)

    def status(self, payout_id: str) -> str:
        return str(self.row(payout_id).status)

    def edges(self, payout_id: str) -> list[str]:
        """The events of its history."""
        with self.world.platform.db.read() as connection:
            return [line["event"] for line in history_of(connection, LANTERN, [payout_id])]

    def booked(self, account: AccountRef) -> int:
        with self.world.platform.db.read() as connection:
            return balance(connection, LANTERN, account)

    def left(self) -> int:
        """What Mei can spend."""
        return self.booked(member_balance(self.member_id, "CNY"))

    def deposit(self) -> int:
        """What our books say has left the bank account, negative when money went out."""
        with self.world.platform.db.read() as connection:
            accounts = connection.execute(select(payout.c.bank_account_id).distinct()).scalars().all()
            first = select(bank_statement.c.opening_minor).order_by(bank_statement.c.day).limit(1)
            opening = connection.execute(first).scalar() or 0  # booked with the first statement
        return sum(self.booked(AccountRef("1002", account, "CNY")) for account in accounts) - opening

    def paid(self) -> dict[str, int]:
        """Payout number → how much the bank really paid of it and did not get back, from its own log."""
        self.world.run(self.world.simulators.simulators["bank"].book())  # what is due by now, whoever asks first
        lines = self.world.truth("bank")["orders"]
        numbers = [line["number"].partition("#")[0] for line in lines if line["charged_minor"]]
        assert len(numbers) == len(set(numbers)), f"paid twice: {numbers}"
        return {
            line["number"]: line["charged_minor"] - line["refunded_minor"] for line in lines if line["charged_minor"]
        }


@pytest.fixture
def desk(world: World) -> Iterator[PayDesk]:
    made = PayDesk(world)
    made.member_id = world.member("mei", 100_000)
    made.card_id = made.card(made.member_id)
    yield made
    # Whatever happened: our books say of the bank account what the bank says.
    if not any(fact == "CONFLICT" for fact in _statuses(world)):
        assert made.deposit() == -sum(made.paid().values())


def _statuses(world: World) -> list[str]:
    with world.platform.db.read() as connection:
        return list(connection.execute(select(payout.c.status)).scalars())
