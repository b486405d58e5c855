"""The console in this process: people sign in and click through forms as a browser without scripts would."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from litestar.testing import TestClient
from sqlalchemy import text
from tests.databases import administered, copied, database
from tests.web.checkstand_admin.person import PASSWORD, Person
from tests.world import LANTERN, World
from tests.world import RIVAL as RIVAL_UNIT

from checkstand.accounting import WriteSet
from checkstand.app import console_access
from checkstand.app.bootstrap import build_platform
from checkstand.app.console_access import Actor, create_operator
from checkstand.app.manage_units import accept_invitation, create_unit, invite
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert
from checkstand.infra.settings import Settings
from checkstand.member.operators import membership
from checkstand.web.pages.preview import PreviewRenderer
from checkstand_admin import build_console

UNIT, RIVAL = "lantern-books", "rival-books"


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite`, unless the test is marked with `on_both_engines`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the cast, made once; every test works on a copy, because hashing passwords takes long."""
    folder = tmp_path_factory.mktemp("console")
    _install(folder, _sqlite(folder))
    return folder


@pytest.fixture(scope="session")
def installed_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> tuple[Path, str]:
    """The same on PostgreSQL: its folder, and the name of the database that is copied for each test."""
    folder, name = tmp_path_factory.mktemp("console_postgres"), "checkstand_console_cast"
    with administered(postgres_url) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    _install(folder, database(postgres_url, name))
    return folder, name


@pytest.fixture
def platform(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> Iterator[Platform]:
    folder = tmp_path / "var"
    with ExitStack() as clean_up:
        if engine == "sqlite":
            shutil.copytree(request.getfixturevalue("installed"), folder)
            url = _sqlite(folder)
        else:
            made, template = request.getfixturevalue("installed_postgres")
            shutil.copytree(made, folder)
            url = clean_up.enter_context(copied(request.getfixturevalue("postgres_url"), template))
        platform = _platform(folder, url)
        platform.start(jobs=False)
        yield platform
        platform.stop()


@pytest.fixture
def cast() -> dict[str, str]:
    """Role → e-mail address, all in `UNIT`; `rival` owns another unit, `admin` runs the platform."""
    roles = ("owner", "developer", "finance", "analyst", "reviewer", "rival", "admin")
    return {role: f"{role}@example.com" for role in roles}


def _install(folder: Path, database_url: str) -> None:
    platform = _platform(folder, database_url)
    migrate(platform.db)
    platform.start(jobs=False)
    owner = Actor(create_operator(platform, "owner@example.com", "Olive", PASSWORD), "owner@example.com", "")
    create_unit(platform, owner, UNIT, {"en": "Lantern Books", "zh-CN": "灯笼书店"})
    for role in ("developer", "finance", "analyst", "reviewer"):
        email = f"{role}@example.com"
        person = Actor(create_operator(platform, email, role.title(), PASSWORD), email, "")
        accept_invitation(platform, person, invite(platform, owner, UNIT, email, role))
    rival = Actor(create_operator(platform, "rival@example.com", "Rita", PASSWORD), "rival@example.com", "")
    create_unit(platform, rival, RIVAL, {"en": "Rival Books"})
    create_operator(platform, "admin@example.com", "Ada", PASSWORD, is_admin=True)
    platform.stop()


def _platform(folder: Path, database_url: str) -> Platform:
    return build_platform(Settings(var_dir=folder, database_url=database_url))


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder}/checkstand.db"


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow on purpose is right for people and costs these tests more than everything they look at."""
    monkeypatch.setattr(console_access, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path, engine: str) -> Iterator[World]:
    """A whole platform with simulators. What a test leaves behind has to hold together."""
    made = World(tmp_path, request.getfixturevalue(f"{engine}_database"))
    yield made
    assert made.broken_invariants() == []
    made.close()


@pytest.fixture
def people(world: World) -> Iterator[Callable[..., Person]]:
    """`people("finance")` is signed in with that role in Lantern's unit; `people("rival")` owns the other unit."""
    console = build_console(world.platform, PreviewRenderer(world.platform))
    with ExitStack() as clean_up:

        def sign_in(role: str, name: str = "") -> Person:
            email = f"{name or role}@example.com"
            operator_id = create_operator(world.platform, email, name or role, PASSWORD)
            unit, has = (RIVAL_UNIT, "owner") if role == "rival" else (LANTERN, role)
            row = {"tenant_id": unit, "operator_id": operator_id, "role": has, "created_at": world.clock.now()}
            world.platform.poster.commit(WriteSet(ops=[Insert(membership, {**row, "ended_at": None})]))
            client: TestClient[Any] = TestClient(console, base_url="http://console.test", raise_server_exceptions=False)
            made = Person(clean_up.enter_context(client))
            assert made.sign_in(email).status_code == 303
            return made

        yield sign_in


@pytest.fixture
def console(platform: Platform) -> Any:
    return build_console(platform, PreviewRenderer(platform))


@pytest.fixture
def person(console: Any, cast: dict[str, str]) -> Iterator[Any]:
    """`person("owner")` is signed in; `person(None)` is nobody yet."""
    opened: list[TestClient[Any]] = []

    def make(role: str | None) -> Person:
        client: TestClient[Any] = TestClient(console, base_url="http://console.test", raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        made = Person(client)
        if role is not None:
            made.sign_in(cast[role])
        return made

    yield make
    for client in reversed(opened):
        client.__exit__(None, None, None)


@pytest.fixture
def owner(person: Any) -> Person:
    """The unit's owner, who has begun the draft `books` from a template."""
    made: Person = person("owner")
    gallery = f"/admin/u/{UNIT}/test/studio/_gallery"
    assert made.post(gallery, template="mall-order", scenario_id="books").status_code == 303
    return made
