"""A full business day over all products, with discrepancies of every class planted in the statements.

    python -m tests.simulation.day --payments 50000 --seed 1

The channels' bills and the bank's statements are written in their own formats from what really happened there, but for
what is planted. Reconciliation has to find each planted one with the right class and no others; the rest is settled to
the merchant; and `ledger check` has to prove that 1101 is zero for every closed day and 1001 is what the bank has.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select, update
from tests.simulation.assertions import invariants
from tests.simulation.bills import BillingChannel, stranger
from tests.simulation.business import Business
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT, Template

from checkstand.accounting.store import account, journal
from checkstand.app.reconcile_fetch import fetch_day
from checkstand.app.settlement.approve_batch import approve
from checkstand.app.settlement.run_day import run_day
from checkstand.channel.store import channel_account
from checkstand.infra.webhooks.store import webhook_endpoint
from checkstand.reconciliation.classes import ItemClass
from checkstand.reconciliation.store import reconciliation_item, reconciliation_run
from checkstand.settlement.batch_store import settlement_batch

C = ItemClass
DAY: Final = date(2026, 3, 2)  # a Monday: the merchant is paid on the Friday
BEGINS: Final = datetime(2026, 3, 1, 16, 10, tzinfo=UTC)  # ten past midnight in Shanghai
AT_ONCE: Final = 64
OPENING: Final = 5_000_000_000
FEWEST: Final = 300  # payments of a day
CHANNELS: Final = ("wechat_pay", "alipay")
QUIET: Final = (C.MATCHED,)


class FullDay:
    """The day, the three mornings after it, and what was planted."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.business = stage, Business(stage, random.Random(seed))
        self.expected: dict[str, ItemClass] = {}  # number → the class in which it must be found
        self.found: dict[str, str] = {}
        self.wrong: list[str] = []
        self._merchant_refs()

    # ── the day ─────────────────────────────────────────────────────────────────────────────────

    def trade(self, payments: int) -> None:
        """Everybody buys; some members move their balances; the planted ones come at the end."""
        business = self.business
        business.open()
        works: Iterator[Any] = iter(
            [partial(business.pay, number) for number in range(payments)]
            + [partial(business.move, number) for number in range(max(4, payments // 50))]
        )
        slots = -(-payments // AT_ONCE)
        pause_s = 20 * 3600 / (slots + 1)
        while chunk := [work for _, work in zip(range(AT_ONCE), works, strict=False)]:
            business.at_once(chunk)
            self.stage.clock.advance(seconds=pause_s)

    def plant(self) -> None:
        """One or two of each class of money.md §5.4."""
        wx, ali = self.channels["wechat_pay"], self.channels["alipay"]
        wechat, alipay = (iter(self._by_daylight(name)) for name in ("wechat", "alipay"))

        def take(numbers: Iterator[str], item_class: ItemClass) -> str:
            number = next(numbers)
            self.expected[number] = item_class
            return number

        for channel, numbers in ((wx, wechat), (ali, alipay)):
            channel.planted.missing.add(take(numbers, C.PLATFORM_ONLY_PAYMENT))
            channel.planted.other_gross[take(numbers, C.AMOUNT_DIFF)] = -100
            channel.planted.other_gross[take(numbers, C.AMOUNT_DIFF)] = 250
            channel.planted.other_fee[take(numbers, C.FEE_DIFF)] = 1
            channel.planted.other_fee[take(numbers, C.FEE_DIFF)] = 700
            channel.planted.twice.add(take(numbers, C.DUPLICATE_LINE))
            for kind, item_class in (("payment", C.CHANNEL_ONLY_PAYMENT), ("refund", C.CHANNEL_ONLY_REFUND)):
                line = stranger(kind, f"other-{kind}-{channel.name}", 4_200, self.stage.clock.now())
                channel.planted.strangers.append(line)
                self.expected[line.our_no] = item_class
        given_back = [back for order in wx.orders.values() for back in order.refunds.values()]
        by_daylight = (back.number for back in given_back if _daylight(back.done_at))
        wx.planted.missing.add(take(by_daylight, C.PLATFORM_ONLY_REFUND))
        self._plant_unknown(wx)

    def _by_daylight(self, product: str) -> list[str]:
        """Payments that no neighbouring day can have."""
        orders = self.stage.channels["wechat_pay"].orders | self.stage.channels["alipay"].orders
        return [number for number in self.business.numbers[product] if _daylight(orders[number].paid_at)]

    def _plant_unknown(self, wx: BillingChannel) -> None:
        """Payments that the channel took and of which we never heard: open, closed and refused on our side."""
        business, stage = self.business, self.stage
        begun: dict[str, str] = {}

        def begin(name: str) -> None:
            begun[name] = business.begin(f"planted-{name}", "wechat")[0]

        business.at_once([partial(begin, "open"), partial(begin, "closed")])
        wx.odds.refuse = 1.0
        business.at_once([partial(begin, "failed")])
        wx.odds.refuse = 0.0
        wx.silent.add(begun["open"])
        business.approve(begun["open"])
        stage.scheduler.run(lambda: False, horizon=stage.clock.now() + timedelta(hours=2))
        wx.take_quietly(begun["closed"])
        wx.take_quietly(begun["failed"])
        self.expected |= {
            begun["open"]: C.CHANNEL_ONLY_OPEN, begun["closed"]: C.CHANNEL_ONLY_CLOSED, begun["failed"]: C.STATUS_DIFF,
        }  # fmt: skip

    def last_minutes(self) -> None:
        """Minutes before midnight: what the channel lists on the next day."""
        self._wait_for(DAY, 23, 50)
        done: list[str] = []
        self.business.at_once([lambda: done.append(self.business.pay(10**7, product="alipay"))])
        self.channels["alipay"].planted.next_day.add(done[0])
        self.expected[done[0]] = C.PENDING_CUTOFF

    # ── the mornings after ──────────────────────────────────────────────────────────────────────

    def reconcile(self) -> None:
        """Bills of two days; the bank pays them, one short, one over, one late, and lines that nobody knows."""
        bank, day, after = self.stage.bank, DAY, DAY + timedelta(days=1)
        self._wait_for(after, 10, 0)
        self._fetch(CHANNELS, day)
        self._note(bank=False)
        for number, (name, minor) in enumerate((("wechat_pay", -300), ("alipay", 500))):
            bank.others.append((after, self.channels[name].billed[day] + minor, self._reference(name, day)))
            self.expected[f"{name} {day}"] = (C.BANK_SHORT, C.BANK_OVER)[number]
        bank.others.append((after, 77_700, "a stranger's money"))
        bank.others.append((after, -1_234, "account fee"))
        self.expected |= {"77700": C.BANK_ONLY, "-1234": C.BANK_ONLY}
        self._wait_for(after + timedelta(days=1), 10, 0)
        self._fetch(CHANNELS, after)
        late = self._reference("wechat_pay", after)
        for name in CHANNELS:
            if minor := self.channels[name].billed[after]:
                bank.others.append((after + timedelta(days=1), minor, self._reference(name, after)))
        bank.held_back.append(late)
        self._fetch(("bank",), after)
        self._wait_for(after + timedelta(days=2), 10, 0)
        self._fetch(("bank",), after + timedelta(days=1))
        self.expected[f"wechat_pay {after}"] = C.BANK_LATE
        self._note(bank=True)

    def settle(self) -> None:
        """The late money arrives, every day is closed, the merchant's batches are paid, and the bank agrees."""
        stage, third = self.stage, DAY + timedelta(days=3)
        late = self._reference("wechat_pay", DAY + timedelta(days=1))
        place = next(place for place, line in enumerate(stage.bank.others) if line[2] == late)
        stage.bank.others[place] = (third, stage.bank.others[place][1], late)
        stage.bank.held_back.remove(late)
        self._wait_for(third + timedelta(days=1), 10, 0)
        self._fetch((*CHANNELS,), third)
        self._fetch(("bank",), third)
        today = third + timedelta(days=1)
        run_day(stage.platform, TENANT, today)
        with stage.db.read() as connection:
            waiting = connection.execute(
                select(settlement_batch.c.batch_id).where(settlement_batch.c.status.in_(("CALCULATED", "HELD_RECON")))
            ).scalars()
            batches = list(waiting)
        for batch_id in batches:
            approve(stage.platform, TENANT, "test", batch_id, by="otto")
            approve(stage.platform, TENANT, "test", batch_id, by="ada")
        stage.scheduler.run(lambda: False, horizon=stage.clock.now() + timedelta(hours=6))
        self._wait_for(today + timedelta(days=1), 10, 0)
        self._fetch(("bank",), today)

    # ── judging ─────────────────────────────────────────────────────────────────────────────────

    def _note(self, *, bank: bool) -> None:
        """What stands in the queue or was decided by a rule this morning, by what it is about."""
        t = reconciliation_item.c
        with self.stage.db.read() as connection:
            rows = connection.execute(select(reconciliation_item).where(t.item_class.not_in(QUIET))).all()
        names = {row: name for name, row in self._accounts.items()}
        for row in rows:
            number = row.our_no or row.channel_no
            if row.kind == "settlement":
                if not bank:
                    continue  # until the bank's statement is here, everything that is due is late
                number = f"{names[row.channel_account_id]} {row.cleared_on}"
            elif row.kind == "bank":
                number = str(row.amount_diff_minor)
            self.found.setdefault(number, row.item_class)

    def verdict(self) -> list[str]:
        """What is not as it must be; empty when all is well."""
        wrong = [*self.wrong, *self.stage.mistakes]
        for number, item_class in self.expected.items():
            found = self.found.get(number)
            if found != item_class:
                wrong.append(f"{number} was planted as {item_class} and found as {found}")
        for number, found in self.found.items():
            if number not in self.expected:
                wrong.append(f"{number} was found as {found}, and nobody planted it")
        with self.stage.db.read() as connection:
            runs = connection.execute(select(reconciliation_run)).all()
            own = "1001" if self.stage.settings.fund_mode == "custody" else "1002"
            booked = connection.execute(
                select(func.sum(account.c.balance_minor)).where(
                    account.c.code == own, account.c.owner == self._accounts["bank"]
                )
            ).scalar()
            batches = connection.execute(select(settlement_batch.c.status)).scalars().all()
        wrong += [f"{run.channel} {run.cleared_on} is {run.status}" for run in runs if run.status != "CLOSED"]
        wrong += [f"a batch is {status}" for status in batches if status not in ("PAID", "CARRIED")]
        if booked != self.stage.bank.closing_minor():
            wrong.append(f"{own} stands at {booked}, the bank has {self.stage.bank.closing_minor()}")
        if not batches:
            wrong.append("nothing was settled")
        return wrong + invariants(self.stage)

    # ── small things ────────────────────────────────────────────────────────────────────────────

    @property
    def channels(self) -> dict[str, BillingChannel]:
        return {name: each for name, each in self.stage.channels.items() if isinstance(each, BillingChannel)}

    def _merchant_refs(self) -> None:
        with self.stage.db.read() as connection:
            rows = connection.execute(select(channel_account)).all()
        self._accounts = {row.channel: row.channel_account_id for row in rows}
        self._refs = {row.channel: row.merchant_ref for row in rows}
        for name, channel in self.channels.items():
            channel.begin_billing(self._refs[name])

    def _reference(self, name: str, day: date) -> str:
        return f"{self._refs[name]}-{day:%Y%m%d}"

    def _fetch(self, names: tuple[str, ...], day: date) -> None:
        for name in names:
            tried = fetch_day(self.stage.platform, TENANT, self._accounts[name], day)
            if not tried.done:
                self.wrong.append(f"{name} {day}: {tried.code} {tried.detail}")

    def _wait_for(self, day: date, hour: int, minute: int) -> None:
        """Until this hour in Shanghai, with everything that falls due on the way."""
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
        stage = self.stage
        stage.scheduler.run(lambda: False, horizon=at)
        if stage.clock.now() < at:
            stage.clock.advance(seconds=(at - stage.clock.now()).total_seconds())


def _daylight(at: datetime | None) -> bool:
    return at is not None and BEGINS + timedelta(hours=1) < at < BEGINS + timedelta(hours=22)


def play_day(payments: int, seed: int) -> dict[str, Any]:
    """One whole day; `wrong` in the summary is empty when everything was found and nothing else."""
    template = Template()
    template.settings = replace(template.settings, fund_mode="custody")
    stage = Stage(seed, template, begins=BEGINS, channel_type=BillingChannel)
    begun = time.perf_counter()
    times: dict[str, float] = {}
    try:
        _calm(stage)
        day = FullDay(stage, seed)
        for name, step in (
            ("trade", lambda: day.trade(payments)), ("plant", day.plant), ("last_minutes", day.last_minutes),
            ("reconcile", day.reconcile), ("settle", day.settle),
        ):  # fmt: skip
            at = time.perf_counter()
            step()
            times[f"{name}_s"] = round(time.perf_counter() - at, 1)
        wrong = day.verdict()
        with stage.db.read() as connection:
            journals = connection.execute(select(func.count()).select_from(journal)).scalar_one()
        classes = Counter(str(each) for each in day.expected.values())
        return {
            "simulation": "day", "seed": seed, "payments": payments, "products": dict(day.business.sold),
            "refunds": len(day.business.refunds), "journals": journals, "planted": dict(classes),
            "found": len(day.found), "seconds": round(time.perf_counter() - begun, 1), **times,
            "payments_per_second": round(payments / times["trade_s"], 1), "wrong": wrong[:20],
        }  # fmt: skip
    finally:
        stage.close()
        template.close()


def _calm(stage: Stage) -> None:
    """No faults today: channels tell everything once and at once, no merchant listens, batches are full."""
    for channel in stage.channels.values():
        channel.copies, channel.delays_s, channel.lies = (1,), (0.0,), 0.0
    stage.bank.comes_back, stage.bank.begins_on, stage.bank.opening_minor = 0.0, DAY, OPENING
    stage.scheduler.eagerness, stage.scheduler.most_steps = 0.0, 10**9
    stage.poster.whole_batches = True
    with stage.db.engine.begin() as connection:
        connection.execute(update(webhook_endpoint).values(disabled_at=stage.clock.now(), disabled_reason="gone"))
        connection.execute(update(channel_account).values(created_at=stage.clock.now()))
    stage.platform.memory.forget()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.day")
    parser.add_argument("--payments", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.payments < FEWEST:
        parser.error(f"--payments: at least {FEWEST}, or there is not something of every kind to damage")
    summary = play_day(asked.payments, asked.seed)
    print(json.dumps(summary, ensure_ascii=False))
    return 1 if summary["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
