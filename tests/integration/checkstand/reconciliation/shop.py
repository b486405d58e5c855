"""Lantern Books and what WeChat Pay says about a day of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select
from tests.unit.checkstand.reconciliation.statements import wechat
from tests.world import LANTERN, World

from checkstand.accounting import accounting_date
from checkstand.accounting.store import account, journal
from checkstand.app.evidence import Evidence
from checkstand.app.reconcile import Day, reconcile
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.channel.port import Outcome
from checkstand.channel.store import channel_account
from checkstand.kernel import Money
from checkstand.payment import attempt
from checkstand.reconciliation.model import StatementLine
from checkstand.reconciliation.own_side import own_lines
from checkstand.reconciliation.store import items_of_run

MINOR = 12_900


@dataclass
class Shop:
    """Sells, and reconciles its WeChat account."""

    world: World

    @property
    def account(self) -> Row[Any]:
        with self.world.platform.db.read() as connection:
            query = select(channel_account).where(
                channel_account.c.tenant_id == LANTERN, channel_account.c.channel == "wechat_pay"
            )
            return connection.execute(query).one()

    @property
    def today(self) -> date:
        return accounting_date(self.world.clock.now())

    def begun(self, minor: int = MINOR) -> str:
        """A payment that the channel has accepted and nobody has finished; its attempt."""
        session = self.world.session(minor=minor)
        assert self.world.pay(session).status == 303
        payment_id = self.world.view(session).payments[0].payment_id
        with self.world.platform.db.read() as connection:
            query = select(attempt.c.attempt_id).where(attempt.c.payment_id == payment_id)
            return str(connection.execute(query).scalar_one())

    def paid(self, minor: int = MINOR, at: datetime | None = None) -> str:
        """A payment that succeeded; its attempt."""
        attempt_id = self.begun(minor)
        self.said(attempt_id, Outcome.SUCCEEDED, minor, at)
        return attempt_id

    def said(self, attempt_id: str, outcome: Outcome, minor: int = MINOR, at: datetime | None = None) -> None:
        evidence = Evidence(
            outcome,
            "query",
            Money(minor, "CNY"),
            channel_no=f"42{attempt_id}",
            occurred_at=at or self.world.clock.now(),
        )
        assert apply_evidence(self.world.platform, LANTERN, attempt_id, evidence) == "applied"

    def line(self, our_no: str, minor: int = MINOR, fee: int = 49, **more: Any) -> StatementLine:
        values = {
            "kind": "payment", "channel_no": f"42{our_no}", "original_no": "", "currency": "CNY",
            "at": self.world.clock.now().replace(microsecond=0), "line_no": 0, "ordered_minor": minor, **more,
        }  # fmt: skip
        return StatementLine(our_no=our_no, gross_minor=minor, fee_minor=fee, **values)

    def agreed(self) -> list[StatementLine]:
        """What the channel says when it has what we have."""
        with self.world.platform.db.stream() as connection:
            id_ = self.account.channel_account_id
            ours = list(own_lines(connection, LANTERN, id_, self.today, ("payment", "refund")))
        return [
            self.line(
                each.our_no, each.gross_minor, each.fee_minor, kind=each.kind, original_no=each.original_no,
                at=each.at.replace(microsecond=0),
            )
            for each in sorted(ours)
        ]  # fmt: skip

    def reconcile(self, lines: Sequence[StatementLine], day: date | None = None, name: str = "bill.csv") -> Row[Any]:
        path = self.world.folder / name
        path.write_bytes(wechat(lines, payee=self.account.merchant_ref))
        return reconcile(self.world.platform, Day(LANTERN, self.account.channel_account_id, day or self.today), path)

    def items(self, run: Row[Any]) -> dict[str, Row[Any]]:
        with self.world.platform.db.read() as connection:
            return {row.our_no or row.channel_no: row for row in items_of_run(connection, LANTERN, run.run_id)}

    def owed(self, day: date | None = None) -> int:
        """1101: what the channel owes us for a day by our books."""
        return self._balance(account.c.code == "1101", account.c.sub == (day or self.today).isoformat())

    def suspended(self) -> tuple[int, int]:
        """1201 and 2601, but for late payments, which wait for their refund there."""
        return self._balance(account.c.code == "1201"), -self._balance(
            account.c.code == "2601", account.c.sub != "late"
        )

    def journals(self) -> int:
        with self.world.platform.db.read() as connection:
            return int(connection.execute(select(func.count()).select_from(journal)).scalar_one())

    def _balance(self, *which: Any) -> int:
        with self.world.platform.db.read() as connection:
            query = select(func.coalesce(func.sum(account.c.balance_minor), 0)).where(
                account.c.tenant_id == LANTERN, *which
            )
            return int(connection.execute(query).scalar_one())


def net(lines: Sequence[StatementLine]) -> int:
    return sum(each.net_minor for each in lines)
