"""Puts a whole installation on one port in one process, and takes it down again in order.

The only place that names the web server. One event loop serves the platform, the simulators and the
storefront; use cases run in threads beside it, so nothing here may block.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from checkstand.app.platform import Platform
from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError, Kind

QUIET: Final[dict[str, Any]] = {  # what the server says goes through our own formatter
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"propagate": True}, "granian.access": {"propagate": True}},
}


class PortTaken(CheckstandError):
    code = "serve.port_taken"
    kind = Kind.CONFLICT
    message = "The port is in use by another program."
    remedy = "Stop the other program, or choose another port: `make demo PORT=8010` or `--port 8010`."


class FolderTaken(CheckstandError):
    """Two writers on one SQLite file would only wait for each other, and the address file can name one of them."""

    code = "serve.folder_taken"
    kind = Kind.CONFLICT
    message = "Another Checkstand already runs on this folder."
    remedy = "Stop it first, or give this one a folder of its own with CHECKSTAND_VAR_DIR."


class NotStarted(CheckstandError):
    code = "serve.not_started"
    kind = Kind.UNAVAILABLE
    message = "The server stopped before it was ready."
    remedy = "Read the log lines above; the first error says why."


def serve(settings: Settings, app: Any, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` is called once requests are answered."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
        log_dictconfig=QUIET,
        websockets=False,
        backlog=1024,
    )
    asyncio.run(_serve(server, settings, on_ready))


async def _serve(server: Any, settings: Settings, on_ready: Callable[[], None]) -> None:
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        asked.set()
        server.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    serving = asyncio.create_task(server.serve())
    ready = asyncio.create_task(_answers(settings))
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done() and not serving.done():
        on_ready()
    ready.cancel()
    await serving
    if not asked.is_set():
        raise NotStarted()


async def _answers(settings: Settings) -> None:
    """Ends when the health page answers."""
    import httpx

    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/healthz"
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
        while True:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.HTTPError:
                pass  # not listening yet
            await asyncio.sleep(0.02)


def check_port(settings: Settings) -> None:
    """Refuse a taken port now: the server shares ports silently, and half of the requests would go elsewhere."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise PortTaken(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder while a server runs on it; the lock dies with the process, however it dies."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderTaken(f"another Checkstand runs on {folder}") from None
        yield
    finally:
        os.close(handle)


def simulator_token(settings: Settings) -> str:
    """The token of the simulators' control API, kept in `sim.token` so that `checkstand sim` finds it."""
    path = settings.var_dir / "sim.token"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


def simulators(platform: Platform) -> dict[str, Any]:
    """The channel simulators as a mount; empty in live mode."""
    settings = platform.settings
    if not settings.serves_simulators:
        return {}
    from checkstand.channel.simulator import SimulatorEnv, build_simulators

    env = SimulatorEnv(
        truth_dir=settings.var_dir / "sim",
        clock=platform.clock,
        accounts=platform.channel_accounts.of_merchant,
        public_base_url=settings.base_url,
        control_token=simulator_token(settings),
    )
    return {env.base_path: build_simulators(platform.registry, env)}


def web(platform: Platform, mounts: dict[str, Any]) -> Any:
    """The ASGI application of everything on this port, the console included."""
    from checkstand.web.app import build_asgi
    from checkstand.web.pages.preview import PreviewRenderer
    from checkstand_admin import PREFIX, build_console

    return build_asgi(platform, {**mounts, PREFIX: build_console(platform, PreviewRenderer(platform))})
