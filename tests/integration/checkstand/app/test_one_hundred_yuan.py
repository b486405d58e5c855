"""docs/explanations/one-hundred-yuan.md is true: every row of its tables is booked, in order, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from tests.integration.checkstand.app.settlement.conftest import Till
from tests.integration.checkstand.reconciliation.shop import Shop
from tests.world import LANTERN, ROOT, World

from checkstand.accounting import WriteSet, accounting_date
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.names import deposit, own_funds
from checkstand.accounting.store import account, entry, journal
from checkstand.accounting.trial_balance import trial_balance
from checkstand.app.console_access import Actor
from checkstand.app.ledger.adjust import AdjustmentLine, approve_adjustment, ask_adjustment
from checkstand.app.ledger.close_day import closable_at, close_day
from checkstand.app.ledger.explain_balance import explain_balance
from checkstand.app.settlement.run_day import run_day
from checkstand.channel.store import channel_account
from checkstand.clearing.calendar import calendar_in_use
from checkstand.infra.ops import Update
from checkstand.kernel import Money

DOCUMENT = ROOT / "docs" / "explanations" / "one-hundred-yuan.md"
FEI, LI = (Actor(f"opr_{name}", f"{name}@example.com", "") for name in ("fei", "li"))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Row = Sequence[str]


class Story:
    """The same hundred yuan, by the use cases that move every other."""

    def __init__(self, world: World) -> None:
        monday = next_quiet_monday(world.clock.now())
        world.clock.advance(seconds=(monday - world.clock.now()).total_seconds())
        self.world, self.shop, self.till = world, Shop(world), Till(world)
        self.till.profile(destination="bank", card_id=self.till.card())
        for channel in ("bank", "wechat_pay"):  # opened on Monday: nothing is fetched for days before
            key = {"tenant_id": LANTERN, "channel_account_id": self.shop.account_at(channel).channel_account_id}
            world.platform.poster.commit(WriteSet(ops=[Update(channel_account, key, {"created_at": monday})]))
        self.bank = self.shop.account_at("bank").channel_account_id
        self.seen: set[str] = set()
        self.names = {
            "lantern/test": "Lantern Books",
            self.bank: "our bank",
            self.shop.account_at("wechat_pay").channel_account_id: "WeChat Pay",
        }

    def pay(self) -> None:
        self.shop.sold(10_000)

    def compare(self) -> None:
        day = self.shop.morning()
        assert self.shop.fetch("wechat_pay", day).done

    def settle_at_the_bank(self) -> None:
        day = self.shop.today - timedelta(days=1)
        self.shop.channel_pays("wechat_pay", day)
        self.shop.morning()
        assert self.shop.fetch("bank", self.shop.today - timedelta(days=1)).done
        assert self.shop.closed("wechat_pay", day)

    def settle(self) -> None:
        run_day(self.world.platform, LANTERN, self.shop.today)

    def pay_out(self) -> None:
        self.world.later(minutes=10)

    def sweep(self) -> None:
        income = 10_000 - 9_940 - self.cost()
        lines = [
            AdjustmentLine(own_funds("our bank", "CNY").account_id, income),
            AdjustmentLine(deposit("hosted", self.bank, "CNY").account_id, -income),
        ]
        approval_id = ask_adjustment(
            self.world.platform, FEI, LANTERN, lines, reason="Profit of the week", evidence="Trial balance"
        )
        approve_adjustment(self.world.platform, LI, LANTERN, approval_id)

    def cost(self) -> int:
        with self.world.platform.db.read() as connection:
            query = select(account.c.balance_minor).where(account.c.tenant_id == LANTERN, account.c.code == "5001")
            return connection.execute(query).scalar() or 0

    def booked(self) -> Iterator[Row]:
        """What is new since the last look: kind, account, debit, credit, balance after, as the document writes it."""
        with self.world.platform.db.read() as connection:
            query = (
                select(journal.c.journal_id, journal.c.kind, entry, account.c.code, account.c.owner, account.c.sub)
                .join(entry, (entry.c.tenant_id == journal.c.tenant_id) & (entry.c.journal_id == journal.c.journal_id))
                .join(
                    account, (account.c.tenant_id == entry.c.tenant_id) & (account.c.account_id == entry.c.account_id)
                )
                .where(journal.c.tenant_id == LANTERN)
            )
            rows = sorted(
                connection.execute(query).all(), key=lambda row: (row.journal_id, -row.amount_minor, row.code)
            )
        for row in rows:
            if row.journal_id not in self.seen:
                yield row.kind, self.name(row), *_sides(row.amount_minor), _yuan(abs(row.balance_after_minor))
        self.seen |= {row.journal_id for row in rows}

    def name(self, row) -> str:
        owner = self.names.get(row.owner, {"pay": "the payment", "stb": "the batch"}.get(row.owner[:3], row.owner))
        sub = f", {DAYS[date.fromisoformat(row.sub).weekday()]}" if re.fullmatch(r"\d{4}-\d\d-\d\d", row.sub) else ""
        return f"{row.code} {owner}{sub}"


def next_quiet_monday(now: datetime) -> datetime:
    """Ten o'clock in Shanghai on the next Monday whose week has no holiday."""
    day = accounting_date(now) + timedelta(days=7 - accounting_date(now).weekday())
    while not all(calendar_in_use().is_workday(day + timedelta(days=number)) for number in range(3)):
        day += timedelta(days=7)
    return datetime.combine(day, time(10), ACCOUNTING_ZONE).astimezone(UTC)


STEPS = (Story.pay, Story.compare, Story.settle_at_the_bank, Story.settle, Story.pay_out, Story.sweep)


def _sides(minor: int) -> tuple[str, str]:
    return (_yuan(minor), "") if minor > 0 else ("", _yuan(-minor))


def _yuan(minor: int) -> str:
    return Money(minor, "CNY").decimal()


def tables() -> dict[str, list[list[Row]]]:
    """The rows of the document's tables, by the heading above them."""
    found: dict[str, list[list[Row]]] = {}
    heading = ""
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line
            found[heading] = []
        elif line.startswith("| ") and not line.startswith(("| Kind", "| Code", "| ---")):
            found[heading].append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_the_documents_hundred_yuan_are_booked_as_it_says(world: World) -> None:
    *chapters, left = tables().items()
    assert len(chapters) == len(STEPS)
    story = Story(world)
    monday = story.shop.today

    for step, (heading, told) in zip(STEPS, chapters, strict=True):
        step(story)
        assert [list(row) for row in story.booked()] == told, heading
    wednesday = story.shop.today
    with world.platform.db.read() as connection:
        balance = trial_balance(connection, LANTERN, monday, wednesday)
    moved = [line for line in balance.of("CNY") if line.debit_minor or line.credit_minor]
    amounts = [(line.debit_minor, line.credit_minor, line.closing_minor) for line in moved]
    rows = [[line.code, line.type.name, *map(_yuan, each)] for line, each in zip(moved, amounts, strict=True)]
    assert rows == left[1]
    assert balance.holds

    world.clock.advance(seconds=(closable_at(wednesday) - world.clock.now()).total_seconds())
    world.settle()
    for number in range(3):
        close_day(world.platform, LANTERN, monday + timedelta(days=number))
    explained = explain_balance(world.platform, LANTERN, "2102:CNY:lantern/test", seq=1)
    assert len(explained.entries[0][1].source.notifications) == 1
