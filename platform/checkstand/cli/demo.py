"""`checkstand demo`, `serve` and `migrate`."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError

console = Console(highlight=False)

# What a demo leaves in its folder; RESET removes these and nothing else.
FILES: Final = ("demo.json", "secret.key", "sim.token", "checkstand.db", "shop.db")
FOLDERS: Final = ("sim",)


class ResetNeedsSqlite(CheckstandError):
    code = "demo.reset_needs_sqlite"
    message = "A demo on PostgreSQL cannot be reset from here."
    remedy = "Drop and create the database yourself, then start the demo without RESET."


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (default 8000, or PORT).")
@click.option("--host", help="The address to listen on (default 127.0.0.1).")
@click.option("--reset", is_flag=True, help="Forget everything of the last demo and start over.")
def demo(port: int | None, host: str | None, reset: bool) -> None:
    """Start everything in one process: platform, jobs, channel simulators and a storefront to buy in.

    Data is kept in CHECKSTAND_VAR_DIR (default: var); a second start finds it again.
    """
    began = time.monotonic()
    # A demo prints its addresses, not a log; CHECKSTAND_LOG_LEVEL=info brings the log back.
    quiet = None if os.environ.get("CHECKSTAND_LOG_LEVEL") else "warning"
    settings = Settings.from_env(port=port, host=host, log_level=quiet, mode="test", jobs=True, simulators=True)
    with _step("configuration"):
        from checkstand.cli import serving
        from checkstand.infra import log, resources

        log.configure(settings)
        serving.check_port(settings)
    with serving.alone_in(settings.var_dir):
        if reset:
            with _step("fresh start"):
                _forget(settings)
        with _step("platform"):
            from checkstand.app.bootstrap import build_platform
            from checkstand.app.demo_admin import ADMIN, seed_admin
            from checkstand.app.demo_seed import seed_demo
            from checkstand.app.migrate import migrate
            from checkstand.cli.storefront import PREFIX, storefront

            platform = build_platform(settings)
        with closing(_Stopping(platform)):
            with _step("database"):
                migrate(platform.db)
            platform.start(jobs=False)
            with _step("business unit and scenarios"):
                scenarios = settings.scenarios_dir or resources.scenarios()
                known = _read(settings.var_dir / "demo.json")
                info = seed_demo(
                    platform,
                    hook_url=f"{settings.base_url}{PREFIX}/hooks/checkstand",
                    scenario_paths=[scenarios],
                    known=known,
                )
            with _step("administrator"):
                admin_password = seed_admin(platform, str(known.get("admin_password", "")))
            with _step("storefront, simulators and console"):
                app = serving.web(platform, {**serving.simulators(platform), **storefront(platform, info)})
            address = {
                "base_url": settings.base_url,
                "shop_url": f"{settings.base_url}{PREFIX}/",
                "api_key": info.api_key,
                "webhook_secret": info.webhook_secret,
                "sim_url": f"{settings.base_url}/sim",
                "sim_token": serving.simulator_token(settings),
                "admin_url": f"{settings.base_url}/admin/",
                "admin_email": ADMIN,
                "admin_password": admin_password,
                "pid": os.getpid(),
            }
            _write(settings.var_dir / "demo.json", address)

            with _History(platform) as history:

                def ready() -> None:
                    platform.start_jobs()
                    _welcome(settings, address, time.monotonic() - began)
                    history.start()

                serving.serve(settings, app, ready)
            console.print("stopped; the data is kept in", str(settings.var_dir))


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on (default 8000, or PORT).")
@click.option("--host", help="The address to listen on (default 127.0.0.1).")
def serve(port: int | None, host: str | None) -> None:
    """Serve web and jobs until stopped; settings come from CHECKSTAND_* (docs/reference/settings.md)."""
    settings = Settings.from_env(port=port, host=host)
    from checkstand.app.bootstrap import build_platform
    from checkstand.app.migrate import migrate as bring_up
    from checkstand.cli import serving
    from checkstand.infra import log

    log.configure(settings)
    serving.check_port(settings)
    platform = build_platform(settings)
    with closing(_Stopping(platform)):
        bring_up(platform.db)
        platform.start(jobs=False)
        app = serving.web(platform, serving.simulators(platform))

        def ready() -> None:
            if settings.jobs:
                platform.start_jobs()
            log.get(__name__).info("ready", url=settings.base_url, mode=settings.mode)

        serving.serve(settings, app, ready)


@click.command()
def migrate() -> None:
    """Create or update the tables; safe to run at any time, also while servers run."""
    settings = Settings.from_env()
    from checkstand.app.migrate import migrate as bring_up
    from checkstand.infra.db import Database

    with closing(Database(settings.database_url)) as db:
        bring_up(db)
    console.print("the database is up to date")


class _Stopping:
    """Lets `closing` stop a platform."""

    def __init__(self, platform: Any) -> None:
        self._platform = platform

    def close(self) -> None:
        self._platform.stop()


class _History:
    """Fills the console behind the visitor's back: nobody should wait for orders that are only there to be seen."""

    def __init__(self, platform: Any) -> None:
        self._platform = platform
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history")

    def __enter__(self) -> _History:
        return self

    def start(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join()

    def _run(self) -> None:
        from checkstand.app.demo_history import seed_history
        from checkstand.app.demo_memory import tell_simulators
        from checkstand.app.demo_money import seed_money
        from checkstand.app.demo_trades import seed_trades
        from checkstand.app.simulator_control import SimulatorUnreachable
        from checkstand.infra import log

        try:
            seed_history(self._platform, self._stopped)
            seed_trades(self._platform, self._stopped)
            tell_simulators(self._platform)
            seed_money(self._platform, self._stopped)
        except SimulatorUnreachable:  # they are stopped before we are
            log.get(__name__).warning("demo.history_interrupted")
        except Exception:  # the demo works without a past; the next start goes on with it
            log.get(__name__).exception("demo.history_failed")


class _step:
    """One line of progress: the name while it runs, a tick and the time when it is done."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._status = console.status(f"{name} …")

    def __enter__(self) -> None:
        self._began = time.monotonic()
        self._status.start()

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        self._status.stop()
        if kind is None:
            console.print(f"[green]✓[/] {self._name} [dim]{time.monotonic() - self._began:.1f} s[/]")


def _welcome(settings: Settings, address: dict[str, Any], took_s: float) -> None:
    rows = [
        ("storefront", address["shop_url"], "buy something"),
        ("every checkout", f"{address['shop_url']}checkouts", "one per scenario file"),
        ("console", address["admin_url"], f"{address['admin_email']}, password {address['admin_password']}"),
        ("API", f"{address['base_url']}/v1", f"keys are in {settings.var_dir / 'demo.json'}"),
        ("simulators", address["sim_url"], "steer them with `checkstand sim`"),
    ]
    console.print()
    for name, url, hint in rows:  # no table: one would cut addresses off in a narrow terminal
        console.print(f"[bold]{name:15}[/] {url:38} [dim]{hint}[/]", soft_wrap=True)
    console.print(f"\nready in {took_s:.1f} s · Ctrl-C stops · data is kept; `make demo RESET=1` starts over")


def _forget(settings: Settings) -> None:
    if not settings.database_url.startswith("sqlite"):
        raise ResetNeedsSqlite()
    for name in FILES:
        for path in settings.var_dir.glob(f"{name}*"):  # SQLite keeps -wal and -shm beside its file
            path.unlink()
    for name in FOLDERS:
        shutil.rmtree(settings.var_dir / name, ignore_errors=True)


def _read(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        known = json.loads(path.read_text())
        if isinstance(known, dict):
            return known
    return {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and for its owner only: the file holds a key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)
