"""Lantern Books and what WeChat Pay says about a day of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from tests.unit.checkstand.reconciliation.statements import SHANGHAI, wechat
from tests.world import BASE, LANTERN, World

from checkstand.accounting import accounting_date
from checkstand.accounting.store import account, journal
from checkstand.app.evidence import Evidence
from checkstand.app.reconcile import Day, reconcile
from checkstand.app.reconcile_fetch import Try, fetch_day
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.channel.port import Outcome
from checkstand.channel.store import channel_account
from checkstand.kernel import Money
from checkstand.payment import attempt
from checkstand.reconciliation.model import StatementLine
from checkstand.reconciliation.own_side import own_lines
from checkstand.reconciliation.store import classes_of, closed_on, items_of_run, runs_of_day

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

    # ── as the simulators tell it ────────────────────────────────────────────────────────────────

    def account_at(self, channel: str) -> Row[Any]:
        with self.world.platform.db.read() as connection:
            query = select(channel_account).where(
                channel_account.c.tenant_id == LANTERN, channel_account.c.channel == channel
            )
            return connection.execute(query).one()

    def sold(self, minor: int = MINOR, method: str = "wx") -> str:
        """Mei pays at the simulator, which tells us; the attempt."""
        session = self.world.session(minor=minor)
        assert self.world.pay(session, method).status == 303
        self.world.shop(session)
        self.world.settle()
        payment_id = self.world.view(session).payments[0].payment_id
        with self.world.platform.db.read() as connection:
            query = select(attempt.c.attempt_id).where(attempt.c.payment_id == payment_id)
            return str(connection.execute(query).scalar_one())

    def morning(self, days: int = 1) -> date:
        """Ten o'clock, some days later; tells the day before."""
        local = self.world.clock.now().astimezone(SHANGHAI)
        then = (local + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)
        self.world.clock.advance(seconds=(then - local).total_seconds())
        self.world.settle()
        return self.today - timedelta(days=1)

    def fetch(self, channel: str, day: date) -> Try:
        return fetch_day(self.world.platform, LANTERN, self.account_at(channel).channel_account_id, day)

    def channel_pays(self, channel: str, day: date, *, extra_minor: int = 0) -> dict[str, Any]:
        """The channel settles a day at the bank, by its own truth."""
        body = {
            "merchant": self.account_at(channel).merchant_ref, "day": day.isoformat(), "extra_minor": extra_minor,
            "bank_merchant": self.account_at("bank").merchant_ref,
        }  # fmt: skip
        return self.control(channel, "settlements", body)

    def bank_line(self, minor: int, text: str, reference: str = "one") -> dict[str, Any]:
        """Somebody pays into our account, or takes from it."""
        merchant = self.account_at("bank").merchant_ref
        return self.control("bank", "lines", {
            "merchant": merchant, "amount_minor": minor, "text": text, "reference": reference,
        })  # fmt: skip

    def control(self, channel: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.world.call(
            "POST", f"{BASE}/sim/_control/{channel}/{what}", json.dumps(body).encode(),
            {"authorization": "Bearer test"},
        )  # fmt: skip
        assert answer.status == 201, answer.text
        return dict(answer.json())

    def run_of(self, channel: str, day: date) -> Row[Any]:
        account_id = self.account_at(channel).channel_account_id
        with self.world.platform.db.read() as connection:
            return runs_of_day(connection, LANTERN, account_id, day)[-1]

    def closed(self, channel: str, day: date) -> bool:
        with self.world.platform.db.read() as connection:
            return closed_on(connection, LANTERN, self.account_at(channel).channel_account_id, day)

    def classes(self, run: Row[Any]) -> dict[str, int]:
        with self.world.platform.db.read() as connection:
            return classes_of(connection, LANTERN, run.run_id)

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
