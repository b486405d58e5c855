"""Wires one process: database, poster, channels, plans and jobs. Everything else receives the `Platform`."""

from __future__ import annotations

from dataclasses import dataclass

from checkstand.accounting import Poster, WriteSet
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.channel import AccountBook, Registry, Vault
from checkstand.channel.breaker import CircuitBreaker
from checkstand.channel.http import PooledHttp
from checkstand.channel.port import ChannelHttp
from checkstand.infra.db import Database
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import Sender
from checkstand.kernel import Clock, SystemClock
from checkstand.scenario.store import PlanCache


@dataclass
class Platform:
    """What a use case may need. Stateless but for caches keyed by version."""

    settings: Settings
    clock: Clock
    db: Database
    poster: Poster
    registry: Registry
    channel_accounts: AccountBook
    vault: Vault
    breaker: CircuitBreaker
    channel_http: ChannelHttp
    plans: PlanCache
    webhook_sender: Sender
    jobs: JobRunner | None = None

    def start(self, *, jobs: bool | None = None) -> None:
        """Start the poster, and the jobs if this process runs them."""
        self.poster.start()
        if self.settings.jobs if jobs is None else jobs:
            self.start_jobs()

    def start_jobs(self) -> None:
        """Start the jobs alone; a server does it once it answers, because channels call back at once."""
        self.jobs = JobRunner(self, HANDLERS, workers=self.settings.job_threads)
        self.jobs.start()

    def stop(self) -> None:
        """Finish what runs, then let go of the database."""
        if self.jobs is not None:
            self.jobs.stop()
            self.jobs = None
        self.poster.stop()
        self.webhook_sender.close()
        self.db.close()


def build_platform(
    settings: Settings, *, clock: Clock | None = None, channel_http: ChannelHttp | None = None
) -> Platform:
    """Make every part, start none."""
    clock = clock or SystemClock()
    db = Database(settings.database_url)
    registry = Registry.load()
    vault = Vault(settings.secret_key)
    platform = Platform(
        settings=settings,
        clock=clock,
        db=db,
        poster=Poster(db, clock, after_commit=lambda written: _wake(platform, written)),
        registry=registry,
        channel_accounts=AccountBook(db, registry, vault, f"{settings.notify_base_url}/sim"),
        vault=vault,
        breaker=CircuitBreaker(),
        channel_http=channel_http or PooledHttp(),
        plans=PlanCache(db, registry.method_types()),
        webhook_sender=Sender(),
    )
    return platform


def _wake(platform: Platform, written: list[WriteSet]) -> None:
    if platform.jobs is not None:
        for write_set in written:
            platform.jobs.committed(write_set.ops)
