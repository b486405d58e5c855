"""Lantern Books on a Monday morning in November, with what settlement tests do and ask.

The clock stands at a known week: the 16th of November 2026 is a Monday, and no holiday is near.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.world import LANTERN, World

from checkstand.accounting import AccountRef, WriteSet
from checkstand.accounting.calendar import accounting_date
from checkstand.accounting.reading import balance
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.settlement.run_day import Ran, run_day
from checkstand.infra.ops import Update
from checkstand.infra.state_event import history_of
from checkstand.kernel import new_id
from checkstand.member.cards import bank_card
from checkstand.member.settlement_profile import get_profile, profile_op
from checkstand.settlement.batch_store import batches_page, get_batch
from checkstand.settlement.payout_store import payouts_of

MERCHANT = f"{LANTERN}/test"
MONDAY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # ten o'clock in Shanghai
UNLIMITED = 10**12


@dataclass
class Till:
    """A merchant's sales, refunds and settlements."""

    world: World

    def sell(self, minor: int = 10_000, **more: Any) -> dict[str, Any]:
        session = self.world.session(minor=minor, **more)
        self.world.pay(session)
        self.world.shop(session)
        self.world.settle()
        assert self.world.view(session).order_status == "PAID"
        return session

    def refund(self, session: dict[str, Any], minor: int) -> None:
        answer = self.world.refund(session, minor)
        assert answer.status == 201, answer.text
        self.world.later(minutes=2)

    def to(self, day: date, hour: int = 9) -> None:
        """Move the clock to this hour of a day in Shanghai, and let the jobs run that fall due until then."""
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)
        self.world.clock.advance(seconds=(at - self.world.clock.now()).total_seconds())
        self.world.settle()

    def run(self, **more: Any) -> Ran:
        """Settle the day that the clock shows."""
        return run_day(self.world.platform, LANTERN, accounting_date(self.world.clock.now()), **more)

    def profile(self, owner_id: str = MERCHANT, **values: Any) -> None:
        with self.world.platform.db.read() as connection:
            profile = get_profile(connection, LANTERN, "test", owner_id)
        saved = profile._replace(**{"auto_approve_minor": UNLIMITED, **values})
        self.world.platform.poster.commit(WriteSet(ops=[profile_op(saved, self.world.clock.now())]))

    def card(self, owner_id: str = MERCHANT) -> str:
        number = f"6222{int.from_bytes(new_id('x').encode()[-6:], 'big') % 10**12:012d}"
        row, _ = add_card(self.world.platform, AddCard(LANTERN, "test", owner_id, "灯笼书店", "102100000021", number))
        key = {"tenant_id": LANTERN, "card_id": row.card_id}
        self.world.platform.poster.commit(WriteSet(ops=[Update(bank_card, key, {"status": "VERIFIED"})]))
        return str(row.card_id)

    def has(self, code: str, owner: str = MERCHANT) -> int:
        with self.world.platform.db.read() as connection:
            return balance(connection, LANTERN, AccountRef(code, owner, "CNY"))

    def books(self, *codes: str, owner: str = MERCHANT) -> dict[str, int]:
        return {code: self.has(code, "test" if code == "4001" else owner) for code in codes}

    def batches(self) -> list[Any]:
        """Every batch, oldest first."""
        with self.world.platform.db.read() as connection:
            return list(reversed(batches_page(connection, LANTERN, "test")))

    def batch(self, batch_id: str) -> Any:
        with self.world.platform.db.read() as connection:
            return get_batch(connection, LANTERN, batch_id)

    def payouts(self, batch_id: str) -> list[Any]:
        with self.world.platform.db.read() as connection:
            return list(payouts_of(connection, LANTERN, batch_id))

    def history(self, batch_id: str) -> list[str]:
        with self.world.platform.db.read() as connection:
            return [line["event"] for line in history_of(connection, LANTERN, [batch_id])]


@pytest.fixture
def till(world: World) -> Till:
    world.clock.advance(seconds=(MONDAY - world.clock.now()).total_seconds())
    world.platform.settings = replace(world.platform.settings, settle_after_recon=False)
    return Till(world)
