"""Nothing is published that would leave an order without a way to pay, unless somebody says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from checkstand.accounting import WriteSet
from checkstand.app.bootstrap import build_platform
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.cli import cli
from checkstand.infra.settings import Settings
from checkstand.member import tenant_op
from checkstand.scenario.store import override_of, publication_history, published_pointer

UNIT = "lantern-books"
REASON = "The fraud desk wants new shoppers to call us at night."
GOOD = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern-books}
amount_limits: {currency: CNY, max: 1000000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
locales: {default: en, supported: [en]}
"""
EMPTY = GOOD + "rules:\n  - {id: night, effect: hide, when: 'shopper.tier == \"new\" && hour >= 22'}\n"
DEAD = GOOD + "rules:\n  - {id: dead, effect: note, when: amount > 2000000}\n"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    monkeypatch.setenv("CHECKSTAND_VAR_DIR", str(tmp_path / "var"))
    platform = build_platform(Settings.from_env())
    migrate(platform.db)
    platform.start(jobs=False)
    platform.poster.commit(WriteSet(ops=[tenant_op(UNIT, {"en": "Lantern Books"}, platform.clock.now())]))
    yield platform
    platform.stop()


@pytest.fixture
def books(tmp_path: Path) -> Path:
    path = tmp_path / "books.yaml"
    path.write_text(EMPTY, encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def history(platform: Platform) -> list[Any]:
    platform.memory.forget()
    with platform.db.read() as connection:
        return publication_history(connection, UNIT, "books", "test")


def test_validate_fails_and_shows_an_order(installed: Platform, books: Path) -> None:
    said = run("validate", str(books))

    assert said.exit_code == 1
    assert "books.yaml:5:1 methods: some orders see no payment method at all" in said.output
    assert "for example: amount ¥100.00, new shopper, on a computer at 22:00" in said.output
    assert "1 file, 1 error" in said.output


def test_a_warning_of_the_proof_fails_nothing(installed: Platform, books: Path) -> None:
    books.write_text(DEAD, encoding="utf-8")

    assert run("validate", str(books)).exit_code == 0
    applied = run("apply", str(books), "--tenant", UNIT)
    assert applied.exit_code == 0
    assert 'rule "dead" never holds' in applied.output
    assert [line.override_reason for line in history(installed)] == [""]


def test_apply_refuses_what_the_proof_refuses(installed: Platform, books: Path) -> None:
    said = run("apply", str(books), "--tenant", UNIT)

    assert said.exit_code == 1
    assert "for example: amount ¥100.00" in said.output
    assert "--explain-override" in said.output
    assert history(installed) == []


def test_an_override_publishes_and_its_reason_stays_in_the_history(installed: Platform, books: Path) -> None:
    said = run("apply", str(books), "--tenant", UNIT, "--explain-override", REASON)

    assert said.exit_code == 0
    assert "some orders see no payment method at all" in said.output  # what was excused is still told
    (line,) = history(installed)
    assert (line.override_reason, line.reason) == (REASON, "")
    with installed.db.read() as connection:
        assert override_of(connection, UNIT, line.content_hash) == REASON
        assert override_of(connection, "rival-books", line.content_hash) == ""


@pytest.mark.parametrize("reason", ["because", " " * 40, "x" * 501])
def test_an_override_without_an_explanation_is_refused(installed: Platform, books: Path, reason: str) -> None:
    said = run("apply", str(books), "--tenant", UNIT, "--explain-override", reason)

    assert said.exit_code == 1
    assert "10 to 500 characters" in said.output
    assert history(installed) == []


def test_a_reason_that_nothing_needed_is_not_kept(installed: Platform, books: Path) -> None:
    books.write_text(GOOD, encoding="utf-8")

    assert run("apply", str(books), "--tenant", UNIT, "--explain-override", REASON).exit_code == 0
    assert [line.override_reason for line in history(installed)] == [""]


def test_an_override_excuses_no_other_mistake(installed: Platform, books: Path) -> None:
    books.write_text(EMPTY.replace("wechat_pay", "wechatpay"), encoding="utf-8")
    said = run("apply", str(books), "--tenant", UNIT, "--explain-override", REASON)

    assert said.exit_code == 1
    assert 'did you mean "wechat_pay"?' in said.output
    with installed.db.read() as connection:
        assert published_pointer(connection, UNIT, "books", "test") is None


def test_proofs_are_kept_beside_the_data(installed: Platform, books: Path) -> None:
    books.write_text(GOOD.replace("1000000", "1000001"), encoding="utf-8")  # so that no other test has proven it
    run("validate", str(books))

    assert list((installed.settings.var_dir / "proofs").rglob("*.json"))
