"""The demo as a process of its own: what a person starts, tests start too, and may kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 60  # a busy machine with cold caches; the promise of five seconds is measured, not tested


@dataclass
class DemoServer:
    """One demo on a free port with a folder of its own. `start` after `stop` or `kill` is a restart."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop_url(self) -> str:
        return f"{self.base_url}/shop"

    @property
    def address(self) -> dict[str, Any]:
        """What the demo wrote for those who want to use it."""
        return dict(json.loads((self.folder / "var" / "demo.json").read_text()))

    @property
    def log(self) -> str:
        return (self.folder / "demo.log").read_text(errors="replace")

    def start(self, *options: str) -> DemoServer:
        """Start, and come back when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **os.environ,
            "CHECKSTAND_VAR_DIR": str(self.folder / "var"),
            "CHECKSTAND_SCENARIOS_DIR": str(self._scenarios()),
            **self.environment,
        }
        command = [sys.executable, "-m", "checkstand", "demo", "--port", str(self.port), *options]
        with (self.folder / "demo.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the demo ended with {self.process.returncode}:\n{self.log}")
            try:
                if httpx.get(f"{self.base_url}/healthz", trust_env=False, timeout=2).is_success:
                    return self
            except httpx.HTTPError:
                time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the demo was not ready within {READY_WITHIN_S} s:\n{self.log}")

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does; the exit code."""
        return self._end(signal.SIGINT)

    def kill(self) -> int:
        """End it the way a power cut does."""
        return self._end(signal.SIGKILL)

    def _end(self, number: int) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self.process = None
        return code

    def _scenarios(self) -> Path:
        """The catalogue, with this demo's origin in place of port 8000's: the popup opens only where it may."""
        copied = self.folder / "scenarios"
        if not copied.exists():
            for path in (ROOT / "scenarios").rglob("*.yaml"):
                target = copied / path.relative_to(ROOT / "scenarios")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(path.read_text().replace("http://127.0.0.1:8000", self.base_url))
        return copied


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
