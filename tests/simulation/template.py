"""What every stage begins with: a database with all that stands before the first payment."""

from __future__ import annotations

import base64
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from tests.simulation.chance import Chance
from tests.simulation.wiring import NoNetwork, wired

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import merchant_pending
from checkstand.app import bootstrap
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.channel import Registry
from checkstand.channel import store as channel_store
from checkstand.infra import jobs
from checkstand.infra.db import Database
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import AddressPolicy, create_endpoint
from checkstand.kernel import FrozenClock
from checkstand.member import tenant_op
from checkstand.member.merchant import merchant_owner

TENANT: Final = "lantern"
ROOT: Final = Path(__file__).resolve().parents[2]
SCENARIOS: Final = ROOT / "tests" / "data" / "scenarios"
BEGINS: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOOK: Final = "http://127.0.0.1:9/hooks"
KEY: Final = base64.b64encode(bytes(range(32))).decode()
SOLD_BEFORE: Final = 10_000_000
PAYEE: Final = merchant_owner(TENANT, "test")


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
        with wired(self.db, self.registry):
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
