"""Nothing is proven twice, and whatever could change a proof makes a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.checkstand.proof.cashier import channel, channels
from tests.unit.checkstand.scenario.example import document, rule

from checkstand.proof import Proofs, cache
from checkstand.proof import prove as proving

DEAD = {"rules": [rule("hide", "amount > 900000", applies_to=["wx"])]}


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    Proofs.forget()
    yield
    Proofs.forget()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The documents that were really proven."""
    proven: list[Any] = []
    real = proving.prove

    def prove(doc: Any, installed: Any) -> Any:
        proven.append(doc)
        return real(doc, installed)

    monkeypatch.setattr(proving, "prove", prove)
    return proven


def test_a_document_is_proven_once_for_all(made: list[Any], tmp_path: Path) -> None:
    first = Proofs(channels(), tmp_path).of(document(**DEAD))
    again = Proofs(channels(), tmp_path).of(document(**DEAD))

    assert [finding.code for finding in first] == ["proof.dead_rule"]
    assert again == first
    assert len(made) == 1


def test_the_next_process_reads_what_this_one_has_proven(made: list[Any], tmp_path: Path) -> None:
    first = Proofs(channels(), tmp_path).of(document(**DEAD))
    Proofs.forget()

    assert Proofs(channels(), tmp_path).of(document(**DEAD)) == first
    assert len(made) == 1


@pytest.mark.parametrize("damage", ["", "{", "[{}]", '"text"', "[[1]]"])
def test_a_damaged_file_is_proven_again(damage: str, made: list[Any], tmp_path: Path) -> None:
    first = Proofs(channels(), tmp_path).of(document(**DEAD))
    Proofs.forget()
    for path in tmp_path.rglob("*.json"):
        path.write_text(damage, encoding="utf-8")

    assert Proofs(channels(), tmp_path).of(document(**DEAD)) == first
    assert len(made) == 2


def test_a_channel_that_changes_makes_a_new_proof(made: list[Any], tmp_path: Path) -> None:
    without_refund = channels(alipay=channel("alipay", capabilities=("pay",)))

    assert Proofs(channels(), tmp_path).of(document()) == ()
    assert [each.code for each in Proofs(without_refund, tmp_path).of(document())] == ["proof.capability_missing"]
    assert len(made) == 2


def test_another_program_proves_again_and_sweeps_what_the_old_one_left(
    made: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Proofs(channels(), tmp_path).of(document())
    monkeypatch.setattr(cache, "program", lambda: "b" * 64)
    Proofs(channels(), tmp_path).of(document())

    assert len(made) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["b" * 16]


def test_a_folder_that_cannot_be_written_costs_time_only(made: list[Any], tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("", encoding="utf-8")

    assert Proofs(channels(), occupied).of(document()) == ()
    assert len(made) == 1
