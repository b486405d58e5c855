"""One platform that can die and come back, with its channels, its merchant and a clock, in one thread.

The database is the real one (SQLite with WAL and `synchronous=FULL`, on a memory file system where there is one).
A crash drops everything else: tasks, queues, leases' owner, caches, connections. What a start would read from files
that never change (channel manifests, compiled SQL) is kept, because it says nothing about payments.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import case, func, select
from tests.simulation.bank import Bank
from tests.simulation.channel import Channel
from tests.simulation.linear import Readings
from tests.simulation.outside import ConnectionLost, Merchant, Unavailable
from tests.simulation.scheduler import Scheduler, Task
from tests.simulation.stepping import Nemesis, SteppedPoster
from tests.simulation.template import BEGINS, SOLD_BEFORE, TENANT, Template
from tests.simulation.wiring import NoNetwork, Yielding, wired

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.app import bootstrap
from checkstand.app.apply_notification import receive_notification
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.manage_members import create_member
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.platform import Platform
from checkstand.channel.port import RawNotification
from checkstand.infra import jobs
from checkstand.infra.ops import Update
from checkstand.kernel import CheckstandError, FrozenClock, Kind
from checkstand.member.cards import bank_card

T = TypeVar("T")
WORKERS: Final = 3
DRAIN: Final = timedelta(days=20)  # the longest timer confirms a receipt after ten days
RECURRING: Final = ("payout.returns",)  # looks for transfers that came back, as long as one could


class Stage:
    """Everything around one database. `begin` takes the next history's seed."""

    def __init__(
        self, seed: int, template: Template, *, begins: datetime | None = None, channel_type: type[Channel] = Channel
    ) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.clock = FrozenClock(begins or BEGINS + timedelta(minutes=self.rng.randrange(24 * 60)))
        self.scheduler = Scheduler(self.rng, self.clock)
        self.chance = template.chance
        self.chance.clock = self.clock
        self.chance.begin(seed)
        self.settings, self.registry, self.db = template.settings, template.registry, template.db
        template.restore()
        self.nemesis = Nemesis(self.rng)
        self.merchant = Merchant(self.scheduler, self.rng, secret=template.webhook_secret)
        self.generation = 0
        self.opened_minor = SOLD_BEFORE  # what stands on our side before the history begins
        self.mistakes: list[str] = []  # answers that no client should ever get
        self.did: Counter[str] = Counter()
        self.commits: dict[tuple[str, str], int] = {}  # journal → the step at which it became durable
        self.readings = Readings()
        self.channels = {
            name: channel_type(name, self.scheduler, self.rng, self._deliver, opens_on_visit=name == "alipay")
            for name in ("wechat_pay", "alipay")
        }
        self.bank = Bank(self.scheduler, self.rng)
        self.registry.channel("bank").__dict__["payout_adapter"] = self.bank
        for name, channel in self.channels.items():
            self.registry.channel(name).__dict__["adapter"] = channel
        self._timer_at: datetime | None = None
        self._timer_known, self._live_jobs = False, 0
        scheduler = self.scheduler
        scheduler.has_work = lambda: bool(self.poster.waiting)
        scheduler.work = lambda: self.poster.write_some()
        scheduler.crashed = self._crashed
        scheduler.next_timer = self._next_timer
        self.platform: Platform
        self._rise()

    @property
    def poster(self) -> SteppedPoster:
        poster = self.platform.poster
        assert isinstance(poster, SteppedPoster)
        return poster

    def close(self) -> None:
        self.poster.die()
        self.db.close()

    # ── life and death ──────────────────────────────────────────────────────────────────────────

    def _rise(self) -> None:
        """A new process over the same database."""
        self.generation += 1
        jobs.OWNER = f"sim-{self.generation}"  # type: ignore[misc]  # a process of its own, as far as leases know
        with wired(self.db, self.registry):
            platform = bootstrap.build_platform(self.settings, clock=self.clock, channel_http=NoNetwork())
        platform.webhook_sender = self.merchant  # type: ignore[assignment]  # same methods, no network
        poster = platform.poster
        assert isinstance(poster, SteppedPoster)
        poster.scheduler, poster.nemesis, poster.committed = self.scheduler, self.nemesis, self._committed
        platform.jobs = self.runner = JobRunner(platform, HANDLERS, workers=0)
        platform.db = Yielding(self.db, self.scheduler)  # type: ignore[assignment]  # gives way before it reads
        self.platform = platform
        self._timer_known = False
        self.scheduler.spawn("worker", self._work, mortal=True)

    def _crashed(self) -> None:
        self.poster.die()
        self.db.engine.dispose()
        self._rise()

    def _committed(self, stored: list[WriteSet]) -> None:
        self._timer_known = False
        self.commits |= {(j.kind, j.source_id): self.scheduler.steps for w in stored for j in w.journals}

    # ── jobs ────────────────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        """The poller and its threads: as many jobs at a time as there are workers, each a task."""
        runner, running, claimed = self.runner, list[Task](), list[Any]()

        def something() -> bool:
            running[:] = [task for task in running if not task.greenlet.dead]
            if len(running) >= WORKERS:
                return False
            return bool(claimed) or not runner._queue.empty() or self._due()

        while True:
            claimed += runner._leased()
            if not claimed and self._due():
                claimed += runner._claim(self.clock.now())
            while claimed and len(running) < WORKERS:
                job = claimed.pop(self.rng.randrange(len(claimed)))
                self.did[f"job {job.kind}"] += 1
                running.append(self.scheduler.spawn(job.kind, partial(runner.run, job), mortal=True))
            self.scheduler.wait_until(something)

    def _due(self) -> bool:
        at = self._next_timer()
        return at is not None and at <= self.clock.now()

    def _next_timer(self) -> datetime | None:
        """When the next job can be taken: at its time, or when the lease of a dead process ends."""
        if not self._timer_known:
            self._timer_known = True
            t = jobs.job.c
            at = case((t.lease_until > t.due_at, t.lease_until), else_=t.due_at)
            with self.db.read() as connection:
                live = select(func.count()).where(t.done_at.is_(None), t.kind.not_in(RECURRING))
                self._live_jobs = connection.execute(live).scalar_one()
                self._timer_at = connection.execute(
                    select(func.min(at, type_=t.due_at.type)).where(t.done_at.is_(None))
                ).scalar()
        return self._timer_at

    # ── clients ─────────────────────────────────────────────────────────────────────────────────

    def ask(self, what: str, work: Callable[[Platform], T]) -> T:
        """A request to the platform: answered, refused (`CheckstandError`), or lost with the process."""
        platform, generation = self.platform, self.generation
        answered: list[T] = []
        refused: list[BaseException] = []

        def serve() -> None:
            try:
                answered.append(work(platform))
            except Exception as error:
                refused.append(error)

        self.did[what] += 1
        if not self.scheduler.inside:
            return work(platform)
        self.scheduler.spawn(what, serve, mortal=True)
        self.scheduler.wait_until(lambda: bool(answered or refused) or self.generation != generation)
        if answered:
            return answered[0]
        if not refused:
            raise ConnectionLost(what)
        error = refused[0]
        if isinstance(error, CheckstandError):
            if error.kind == Kind.UNAVAILABLE:
                raise Unavailable(str(error)) from error
            raise error
        self.mistakes.append(f"500 for {what}: {error!r}")
        raise ConnectionLost(what)

    def insist(self, what: str, work: Callable[[Platform], T], tries: int = 12) -> T:
        """The same request until somebody answers."""
        for _ in range(tries):
            try:
                return self.ask(what, work)
            except (ConnectionLost, Unavailable):
                self.did["retries of a client"] += 1
                self.scheduler.sleep(self.rng.choice((0.1, 1.0, 5.0)))
        raise ConnectionLost(what)

    def _deliver(self, channel: str, account: str, raw: RawNotification) -> bool:
        """A channel calls back; True when it heard that the message was received."""
        try:
            said = self.ask("notification", lambda platform: receive_notification(platform, channel, account, raw))
        except (ConnectionLost, Unavailable, CheckstandError):
            return False
        return said.status == 200

    # ── people ──────────────────────────────────────────────────────────────────────────────────

    def member(self, name: str, minor: int) -> str:
        """A member with this balance, from before the history begins."""
        row, _ = create_member(self.platform, TENANT, "test", name, name)
        if minor:
            self.opened_minor += minor
            account = member_balance(row.member_id, "CNY")
            entries = (Entry(AccountRef("1001", "opening", "CNY"), minor), Entry(account, -minor))
            journal = Journal(TENANT, "opening", "member", row.member_id, entries, self.clock.now())
            self.platform.poster.commit(WriteSet(journals=[journal]))
        return str(row.member_id)

    def card(self, member_id: str) -> str:
        """A bank card of this member that was verified long ago."""
        command = AddCard(TENANT, "test", member_id, "Mei Lin", "102100099996", "6222020200112233445")
        row, _ = add_card(self.platform, command)
        key = {"tenant_id": TENANT, "card_id": row.card_id}
        verified = Update(bank_card, key, {"status": "VERIFIED", "verified_at": self.clock.now()})
        self.platform.poster.commit(WriteSet(ops=[verified]))
        return str(row.card_id)

    # ── the end ─────────────────────────────────────────────────────────────────────────────────

    def chaos(self, *, fault: float, refuse: float, crash: float, most: int) -> None:
        for odds in (self.bank.odds, *(channel.odds for channel in self.channels.values())):
            odds.fault, odds.refuse = fault, refuse
        self.merchant.fault = fault
        self.nemesis.chance, self.nemesis.most, self.nemesis.crashes = crash, most, 0

    def heal(self) -> None:
        self.chaos(fault=0, refuse=0, crash=0, most=0)

    def drain(self) -> None:
        """Every timer runs out, every message arrives."""
        self.scheduler.run(self._at_rest, horizon=self.clock.now() + DRAIN)

    def _at_rest(self) -> bool:
        others = any(not task.mortal for task in self.scheduler.tasks)
        if others or self.poster.waiting or self.bank.has_news or len(self.scheduler.tasks) > 1:
            return False
        self._next_timer()
        return self._live_jobs == 0
