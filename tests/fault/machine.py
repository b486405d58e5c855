"""The machine under test: server processes that can be killed at any moment and started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from tests.fault.cluster import Cluster

ROOT: Final = Path(__file__).resolve().parents[2]
START_WITHIN_S: Final = 60


@dataclass
class Server:
    """One `checkstand serve`. Its log goes to a file that a failing test can point at."""

    name: str
    port: int
    environment: dict[str, str]
    log: Path
    command: tuple[str, ...] = (sys.executable, "-m", "tests.fault.clock_ahead", "serve")
    ahead_s: float = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process; it answers when this returns."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start the process; `wait` tells when it answers."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHECKSTAND_")}
        environment = {**inherited, **self.environment, "PORT": str(self.port), "CLOCK_AHEAD_S": str(self.ahead_s)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def wait(self) -> None:
        """Until requests are answered."""
        assert self.process is not None
        until = time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            assert self.process.poll() is None, f"{self.name} ended while starting:\n{self.last_words()}"
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # its port is not open yet
        raise AssertionError(f"{self.name} does not answer:\n{self.last_words()}")

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is flushed, nobody says goodbye."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


@dataclass
class Machine:
    """The platform, and the channel simulators either inside it or in a process that nobody kills.

    With a `cluster` the jobs run in a worker process of their own, and each crash takes the server, the worker or
    PostgreSQL itself.
    """

    folder: Path
    database_url: str
    simulators_apart: bool
    cluster: Cluster | None = None
    kills: int = 0
    platform: Server = field(init=False)
    simulators: Server | None = field(init=False, default=None)
    worker: Server | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        shared = {
            "CHECKSTAND_DATABASE_URL": self.database_url,
            "CHECKSTAND_SECRET_KEY_BASE64": b64encode(bytes(range(32))).decode(),
            "CHECKSTAND_LOG_LEVEL": "warning",
        }
        inside = {**shared, "CHECKSTAND_VAR_DIR": str(self.folder / "platform")}
        if self.simulators_apart:
            inside["CHECKSTAND_SIMULATORS"] = "0"
            apart = {**shared, "CHECKSTAND_VAR_DIR": str(self.folder / "simulators"), "CHECKSTAND_JOBS": "0"}
            self.simulators = Server("simulators", free_port(), apart, self.folder / "simulators.log")
        if self.cluster is not None:
            works = {**inside, "CHECKSTAND_VAR_DIR": str(self.folder / "worker")}
            self.worker = Server("worker", free_port(), works, self.folder / "worker.log")
            inside["CHECKSTAND_JOBS"] = "0"
        self.platform = Server("platform", free_port(), inside, self.folder / "platform.log")

    @property
    def simulators_url(self) -> str:
        return f"{(self.simulators or self.platform).url}/sim"

    @property
    def simulators_token(self) -> str:
        server = self.simulators or self.platform
        return (Path(server.environment["CHECKSTAND_VAR_DIR"]) / "sim.token").read_text().strip()

    def start(self, ahead_s: float = 0) -> None:
        """Start whatever does not run, this far in the future."""
        missing = [server for server in (self.simulators, self.worker, self.platform) if server and not server.process]
        for server in missing:
            server.ahead_s = ahead_s
            server.begin()
        for server in missing:
            server.wait()

    def crash(self, rng: random.Random) -> None:
        """Something dies; simulators that run apart do not even notice."""
        victims = [self.platform.kill]
        if self.cluster is not None and self.worker is not None:
            victims += [self.worker.kill, self._kill_database]
        rng.choice(victims)()
        self.kills += 1

    def _kill_database(self) -> None:
        if self.cluster is not None:
            self.cluster.kill()
            self.cluster.start()

    def end(self) -> None:
        """Kill everything, the simulators too; the next start may have another clock."""
        for server in (self.platform, self.worker, self.simulators):
            if server is not None:
                server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
