"""The platform as use cases see it: every part of one process, wired by `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from checkstand.accounting import Poster
from checkstand.channel import AccountBook, Registry, Vault
from checkstand.channel.breaker import CircuitBreaker
from checkstand.channel.port import ChannelHttp
from checkstand.infra.db import Database
from checkstand.infra.memory import Memory
from checkstand.infra.ops import Op
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import Sender
from checkstand.kernel import Clock
from checkstand.monitoring.request_recorder import RequestRecorder
from checkstand.scenario.store import PlanCache

if TYPE_CHECKING:
    from checkstand.infra.openid import OpenIdProvider


class Jobs(Protocol):
    """Whoever runs the jobs of this process."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def committed(self, ops: Sequence[Op]) -> None: ...


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
    memory: Memory
    webhook_sender: Sender
    request_log: RequestRecorder
    identity_provider: OpenIdProvider | None  # none: people sign in with a password only
    make_jobs: Callable[[Platform], Jobs]
    jobs: Jobs | None = None  # set while jobs run in this process
    key_uses: dict[str, datetime] = field(default_factory=dict)  # API key → when this process last noted its use

    def start(self, *, jobs: bool | None = None) -> None:
        """Start the poster and the request log, and the jobs if this process runs them."""
        self.poster.start()
        self.request_log.start()
        if self.settings.jobs if jobs is None else jobs:
            self.start_jobs()

    def start_jobs(self) -> None:
        """Start the jobs alone; a server does it once it answers, because channels call back at once."""
        self.jobs = self.make_jobs(self)
        self.jobs.start()

    def stop(self) -> None:
        """Finish what runs, then let go of the database."""
        if self.jobs is not None:
            self.jobs.stop()
            self.jobs = None
        self.request_log.stop()
        self.poster.stop()
        self.webhook_sender.close()
        if self.identity_provider is not None:
            self.identity_provider.close()
        self.db.close()
