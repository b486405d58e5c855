"""A fresh installation to measure: the real command line, the demo's business unit, members with money."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.fault.machine import ROOT, Server, free_port

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.app.bootstrap import build_platform
from checkstand.app.demo_seed import TENANT, seed_demo
from checkstand.app.manage_members import create_member
from checkstand.app.migrate import migrate
from checkstand.infra.settings import Settings
from checkstand.kernel import new_id

MEMBERS: Final = tuple(f"member-{number}" for number in range(200))
PLENTY_MINOR: Final = 10**10


@dataclass(frozen=True)
class Installation:
    """A running server and what a merchant knows about it."""

    server: Server
    api_key: str
    database_url: str

    @property
    def base_url(self) -> str:
        return self.server.url

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def load(self, kind: str, *, callers: int, seconds: float, **more: Any) -> dict[str, Any]:
        """Run the load generator in a process of its own."""
        task = {"kind": kind, "base_url": self.base_url, "callers": callers, "seconds": seconds, **more}
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.load", json.dumps(task)], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:] + self.server.last_words()
        measured: dict[str, Any] = json.loads(done.stdout)
        return measured

    def buy(self, method: str, *, callers: int, seconds: float, scenario: str = "mall-order") -> dict[str, Any]:
        """Measure from the session to the paid order."""
        more = {"api_key": self.api_key, "members": MEMBERS, "run_id": new_id("run"), "scenario": scenario}
        return self.load("buy", callers=callers, seconds=seconds, method=method, **more)


@contextmanager
def installed(
    database_url: str | None = None,
    *,
    command: Sequence[str] = (sys.executable, "-m", "checkstand", "serve"),
    scenarios: Sequence[str] = ("mall-order",),
) -> Iterator[Installation]:
    """Seed a database and serve it. Webhooks have no endpoint here: the merchant's server is not what is measured."""
    with tempfile.TemporaryDirectory(prefix="checkstand_bench_") as folder:
        url = database_url or f"sqlite:///{folder}/checkstand.db"
        environment = {
            "CHECKSTAND_DATABASE_URL": url,
            "CHECKSTAND_VAR_DIR": folder,
            "CHECKSTAND_SECRET_KEY_BASE64": b64encode(os.urandom(32)).decode(),
            "CHECKSTAND_LOG_LEVEL": "error",
        }
        server = Server("bench", free_port(), environment, Path(folder) / "server.log", command=tuple(command))
        api_key = _seed(Settings.from_env(environment, port=server.port), scenarios)
        server.start()
        try:
            yield Installation(server, api_key, url)
        finally:
            server.kill()


def _seed(settings: Settings, scenarios: Sequence[str]) -> str:
    from checkstand.infra.webhooks import disable_op, endpoints

    platform = build_platform(settings)
    migrate(platform.db)
    platform.poster.start()
    paths = [ROOT / "scenarios" / f"{name}.yaml" for name in scenarios]
    info = seed_demo(platform, hook_url="http://127.0.0.1:9/none", scenario_paths=paths)
    with platform.db.read() as connection:
        known = endpoints(connection, TENANT, "test")
    now = platform.clock.now()
    platform.poster.commit(WriteSet(ops=[disable_op(end, "nobody listens", now) for end in known]))
    for name in MEMBERS:
        row, _ = create_member(platform, TENANT, "test", name, name)
        entries = (
            Entry(AccountRef("1001", "opening", "CNY"), PLENTY_MINOR),
            Entry(member_balance(row.member_id, "CNY"), -PLENTY_MINOR),
        )
        platform.poster.commit(
            WriteSet(journals=[Journal(TENANT, "opening", "member", row.member_id, entries, platform.clock.now())])
        )
    platform.stop()
    return info.api_key
