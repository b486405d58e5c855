"""Wires one process: database, poster, channels, plans and jobs. Everything else receives the `Platform`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkstand.accounting import Poster, WriteSet
from checkstand.app.job_handlers import DAILY, HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.note_key_use import key_row
from checkstand.app.platform import Platform
from checkstand.app.rule_packs import install_packs
from checkstand.channel import AccountBook, Registry, Vault
from checkstand.channel.breaker import CircuitBreaker
from checkstand.channel.http import PooledHttp
from checkstand.channel.port import ChannelHttp
from checkstand.clearing.calendar import STANDARD, read_calendar, use_calendar
from checkstand.infra.db import Database
from checkstand.infra.memory import Memory
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import Sender
from checkstand.kernel import Clock, SystemClock
from checkstand.monitoring.request_recorder import RequestRecorder
from checkstand.monitoring.request_row import Owner
from checkstand.scenario.store import PlanCache

if TYPE_CHECKING:
    from checkstand.infra.openid import OpenIdProvider


def build_platform(
    settings: Settings, *, clock: Clock | None = None, channel_http: ChannelHttp | None = None
) -> Platform:
    """Make every part, start none."""
    install_packs(settings.protocol_dir)
    use_calendar(read_calendar(settings.holidays_file or STANDARD))
    clock = clock or SystemClock()
    db = Database(settings.database_url)
    registry = Registry.load()
    vault = Vault(settings.secret_key)
    memory = Memory()
    platform = Platform(
        settings=settings,
        clock=clock,
        db=db,
        poster=Poster(db, clock, after_commit=lambda written: _tell(platform, written)),
        registry=registry,
        channel_accounts=AccountBook(db, registry, vault, f"{settings.notify_base_url}/sim"),
        vault=vault,
        breaker=CircuitBreaker(),
        channel_http=channel_http or PooledHttp(),
        plans=PlanCache(db, registry.method_types(), memory, most=settings.plans_kept),
        memory=memory,
        webhook_sender=Sender(),
        identity_provider=_identity_provider(settings),
        request_log=RequestRecorder(db, lambda secret: _owner(platform, secret)),
        make_jobs=lambda made: JobRunner(made, HANDLERS, workers=made.settings.job_threads, daily=DAILY),
    )
    return platform


def _owner(platform: Platform, secret: str) -> Owner | None:
    row = key_row(platform, secret)
    return None if row is None else (row.tenant_id, row.mode, row.api_key_id)


def _identity_provider(settings: Settings) -> OpenIdProvider | None:
    """Imported where there is one: the commands of an installation without it need not wait for its libraries."""
    if not settings.oidc_issuer:
        return None
    from checkstand.infra.openid import OpenIdProvider

    return OpenIdProvider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)


def _tell(platform: Platform, written: list[WriteSet]) -> None:
    for write_set in written:
        platform.memory.written(write_set.ops)
        if platform.jobs is not None:
            platform.jobs.committed(write_set.ops)
