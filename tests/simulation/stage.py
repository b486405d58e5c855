"""One platform that can die and come back, with its channels, its merchant and a clock, in one thread.

The database is the real one (SQLite with WAL and `synchronous=FULL`, on a memory file system where there is one).
A crash drops everything else: tasks, queues, leases' owner, caches, connections. What a start would read from files
that never change (channel manifests, compiled SQL) is kept, because it says nothing about payments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import case, func, select
from tests.simulation.bank import Bank
from tests.simulation.chance import Chance
from tests.simulation.channel import Channel
from tests.simulation.linear import Readings
from tests.simulation.scheduler import Crash, Scheduler, Task
from tests.simulation.stepping import Nemesis, SteppedPoster

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance, merchant_pending
from checkstand.app import bootstrap
from checkstand.app.apply_notification import receive_notification
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.manage_members import create_member
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.channel import Registry
from checkstand.channel import store as channel_store
from checkstand.channel.port import HttpAnswer, RawNotification
from checkstand.infra import jobs
from checkstand.infra.db import Database
from checkstand.infra.ops import Update
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import AddressPolicy, Answer, create_endpoint
from checkstand.kernel import CheckstandError, FrozenClock, Kind, new_id
from checkstand.member import tenant_op
from checkstand.member.cards import bank_card
from checkstand.member.merchant import merchant_owner

T = TypeVar("T")
TENANT: Final = "lantern"
ROOT: Final = Path(__file__).resolve().parents[2]
SCENARIOS: Final = ROOT / "tests" / "data" / "scenarios"
BEGINS: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOOK: Final = "http://127.0.0.1:9/hooks"
WORKERS: Final = 3
KEY: Final = base64.b64encode(bytes(range(32))).decode()
SOLD_BEFORE: Final = 10_000_000
PAYEE: Final = merchant_owner(TENANT, "test")
DRAIN: Final = timedelta(days=20)  # the longest timer confirms a receipt after ten days
RECURRING: Final = ("payout.returns",)  # looks for transfers that came back, as long as one could


class ConnectionLost(Exception):
    """The platform died before it answered: the caller cannot know what was done."""


class Unavailable(Exception):
    """503: try again."""


@dataclass
class Merchant:
    """Lantern Books' server: checks every signature and remembers what it was told."""

    scheduler: Scheduler
    rng: random.Random
    secret: str = ""
    fault: float = 0.0
    told: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    forged: list[str] = field(default_factory=list)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], policy: AddressPolicy) -> Answer:
        self.scheduler.give_way()
        trouble = self.rng.random() < self.fault
        if trouble and self.rng.random() < 0.5:
            return Answer(None, None, "timeout", 1)
        message_id = headers["webhook-id"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message_id}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if expected not in headers["webhook-signature"].split():
            self.forged.append(message_id)
        self.told[message_id].add(body)
        self.scheduler.give_way()
        return Answer(500 if trouble else 200, "", None, 1)

    def check(self, url: str, policy: AddressPolicy) -> None:
        """Every address is fine here; the real check has tests of its own."""

    def close(self) -> None:
        """Nothing to let go of."""


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
        with _wired(self.db, self.registry):
            platform = bootstrap.build_platform(self.settings, clock=self.clock, channel_http=NoNetwork())
        platform.webhook_sender = self.merchant  # type: ignore[assignment]  # same methods, no network
        poster = platform.poster
        assert isinstance(poster, SteppedPoster)
        poster.scheduler, poster.nemesis, poster.committed = self.scheduler, self.nemesis, self._committed
        platform.jobs = self.runner = JobRunner(platform, HANDLERS, workers=0)
        platform.db = _Yielding(self.db, self.scheduler)  # type: ignore[assignment]  # gives way before it reads
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


class _Yielding:
    """The database as the platform's tasks see it: others may come between any two of their readings."""

    def __init__(self, db: Database, scheduler: Scheduler) -> None:
        self._db, self._scheduler = db, scheduler
        self.engine, self.url, self.is_sqlite = db.engine, db.url, db.is_sqlite
        self.stream, self.aside, self.close = db.stream, db.aside, db.close

    @contextmanager
    def read(self) -> Iterator[Any]:
        self._scheduler.give_way()
        with self._db.read() as connection:
            yield connection


@contextmanager
def _wired(db: Database, registry: Registry) -> Iterator[None]:
    """`build_platform` with our poster, the database that is open, and manifests that were read before."""
    kept = bootstrap.Poster, bootstrap.Database, bootstrap.Registry
    bootstrap.Poster = SteppedPoster  # type: ignore[misc]
    bootstrap.Database = lambda url: db  # type: ignore[assignment,misc]
    bootstrap.Registry = type("Kept", (), {"load": staticmethod(lambda: registry)})  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        bootstrap.Poster, bootstrap.Database, bootstrap.Registry = kept  # type: ignore[misc]


class NoNetwork:
    """Channels are spoken to in our own words here."""

    def send(self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> HttpAnswer:
        raise AssertionError(f"{verb} {url}: no message leaves a simulation")


class Template:
    """A database with everything that stands before the first payment; each stage begins with it."""

    def __init__(self) -> None:
        self._before = structlog.get_config(), jobs.OWNER
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="checkstand_sim_", dir=memory if memory.is_dir() else None))
        self.database = self.folder / "checkstand.db"
        self.registry = Registry.load()
        clock = FrozenClock(BEGINS)
        self.chance = Chance(0, clock)
        self.chance.install()
        url = f"sqlite:///{self.database}"
        self.settings = Settings(var_dir=self.folder, database_url=url, secret_key_base64=KEY)
        self.db = Database(url)
        with _wired(self.db, self.registry):
            platform = bootstrap.build_platform(self.settings, clock=clock, channel_http=NoNetwork())
        migrate(platform.db)
        self.webhook_secret = self._furnish(platform)
        platform.poster.stop()
        with self.db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()
        shutil.copyfile(self.database, self.folder / "template")

    def restore(self) -> None:
        """The database as it was before the first payment. The engine stays: its compiled SQL is no memory of it."""
        self.db.close()
        for name in ("checkstand.db-wal", "checkstand.db-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copyfile(self.folder / "template", self.database)

    def close(self) -> None:
        self.chance.remove()
        logging, jobs.OWNER = self._before  # type: ignore[misc]
        structlog.configure(**logging)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _furnish(self, platform: Platform) -> str:
        now = platform.clock.now()
        ops: list[Any] = [tenant_op(TENANT, {"en": "Lantern Books"}, now)]
        for channel in self.registry.channels():
            if channel.simulator is not None:
                ops += channel_store.create_account(
                    channel.manifest,
                    platform.vault,
                    tenant_id=TENANT,
                    channel_account_id=f"cha_{channel.manifest.name}",
                    mode="test",
                    credentials=channel.test_credentials(),
                    at=now,
                    cost_ppm=3_800,
                )
        policy = AddressPolicy.of("test", allow_private=True)
        _, secret, op = create_endpoint(TENANT, "test", HOOK, key=platform.settings.secret_key, policy=policy, at=now)
        platform.poster.commit(WriteSet(ops=[*ops, op]))
        # The merchant has sold before today: a refund too much must not stop at an empty account.
        entries = (
            Entry(AccountRef("1001", "opening", "CNY"), SOLD_BEFORE),
            Entry(merchant_pending(PAYEE, "CNY"), -SOLD_BEFORE),
        )
        opening = Journal(TENANT, "opening", "merchant", PAYEE, entries, now)
        platform.poster.commit(WriteSet(journals=[opening]))
        apply_scenarios(platform, TENANT, [SCENARIOS], mode="test", by="simulation")
        return secret


__all__ = ["TENANT", "ConnectionLost", "Crash", "Stage", "Template", "Unavailable", "new_id"]
