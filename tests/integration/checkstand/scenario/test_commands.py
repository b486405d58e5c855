"""The scenario commands as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from checkstand.accounting import Poster, WriteSet
from checkstand.app.migrate import migrate
from checkstand.cli import cli
from checkstand.infra.db import Database
from checkstand.infra.resources import scenarios
from checkstand.kernel import SystemClock
from checkstand.member import tenant_op

MALL = str(scenarios() / "mall-order.yaml")


@pytest.fixture(autouse=True)
def lantern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation of its own, in which Lantern Books is known."""
    monkeypatch.setenv("CHECKSTAND_DATABASE_URL", f"sqlite:///{tmp_path}/checkstand.db")
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path))
    db, clock = Database(f"sqlite:///{tmp_path}/checkstand.db"), SystemClock()
    migrate(db)
    poster = Poster(db, clock)
    poster.start()
    poster.commit(WriteSet(ops=[tenant_op("lantern", {"en": "Lantern Books"}, clock.now())]))
    poster.stop()
    db.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text(Path(MALL).read_text("utf-8").replace("mode: payment", "").replace("owner:", "ownr:"), "utf-8")
    return str(path)


def line_of(path: str, word: str) -> int:
    """Where the first line with this word stands; the catalogue's comments come and go."""
    lines = Path(path).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if word in line)


def test_the_catalogue_is_valid() -> None:
    result = run("validate")

    assert (result.exit_code, result.stderr) == (0, "")


def test_holidays_that_nobody_has_written_down_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "holidays.yaml"
    path.write_text("2001: {holidays: [2001-10-01]}\n", "utf-8")
    monkeypatch.setenv("CHECKSTAND_HOLIDAYS_FILE", str(path))

    known = run("validate", MALL)
    path.write_text("2001: 5\n", "utf-8")
    wrong = run("validate", MALL)

    assert (known.exit_code, "has no holidays of 20" in known.stdout) == (0, True)
    assert (wrong.exit_code, "clearing.holidays_wrong" in wrong.output) == (2, True)


def test_a_mistake_is_shown_with_its_line_and_a_caret(broken: str) -> None:
    result = run("validate", broken)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[:3] == [
        f'{broken}:{line_of(broken, "ownr:")}:3 metadata.ownr: unknown name "ownr"; did you mean "owner"?',
        "      ownr: demo-retail",
        "      ^",
    ]


def test_ci_can_read_the_problems(broken: str) -> None:
    report = json.loads(run("validate", "--json", broken).stdout)

    assert report["valid"] is False
    assert [(p["line"], p["column"], p["code"]) for p in report["problems"]] == [
        (line_of(broken, "ownr:"), 3, "shape.unknown_name")
    ]


def test_applying_twice_says_that_nothing_changed() -> None:
    assert run("apply", MALL, "--tenant", "lantern").stdout.split()[:2] == ["created", "mall-order"]
    assert run("apply", MALL, "--tenant", "lantern").stdout.split()[:2] == ["unchanged", "mall-order"]


def test_what_is_wrong_is_not_applied(broken: str) -> None:
    result = run("apply", MALL, broken, "--tenant", "lantern")

    assert result.exit_code == 1
    assert "nothing was changed" in result.stderr
    assert run("show", "mall-order", "--tenant", "lantern").exit_code == 2


def test_an_unknown_business_unit_is_named() -> None:
    result = run("apply", MALL, "--tenant", "nobody")

    assert (result.exit_code, "there is no business unit 'nobody'" in result.stderr) == (2, True)


def test_an_exported_file_is_the_same_version(tmp_path: Path) -> None:
    run("apply", MALL, "--tenant", "lantern")
    exported = tmp_path / "exported.yaml"
    exported.write_text(run("export", "mall-order", "--tenant", "lantern").stdout, encoding="utf-8")
    assert exported.read_text("utf-8").startswith("# yaml-language-server: $schema=checkout-v1.json\n")

    assert run("apply", str(exported), "--tenant", "lantern").stdout.startswith("unchanged")


def test_the_source_can_be_exported_with_its_comments() -> None:
    run("apply", MALL, "--tenant", "lantern")

    assert run("export", "mall-order", "--tenant", "lantern", "--source").stdout == Path(MALL).read_text("utf-8")


def test_show_tells_the_methods_of_a_file_and_of_what_is_published() -> None:
    run("apply", MALL, "--tenant", "lantern")

    for arguments in (["mall-order"], [MALL], ["mall-order", "--tenant", "lantern"]):
        assert "wx: wechat_pay (regular, preselected) through wechat_pay, always" in run("show", *arguments).stdout
