"""One person asks, another decides, and the decision is stored with what it does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkstand.accounting import EdgeRefused, Poster, RowExists, WriteSet
from checkstand.app import tables
from checkstand.app.two_people import ApprovalDecided, ApprovalUnknown, SamePerson, approve, ask, find_approval, reject
from checkstand.infra.db import Database, metadata
from checkstand.kernel import FrozenClock
from checkstand.member.approvals import approvals_of, waiting_for

NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


class Desk:
    """The table alone, with a poster."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.poster = Poster(db, FrozenClock(NOW))

    def ask(self, object_id: str = "thing") -> str:
        approval_id, op = ask("lantern", "demo", object_id, by="mei", now=NOW, facts={"amount_minor": 5})
        self.poster.commit(WriteSet(ops=[op]))
        return approval_id

    def row(self, approval_id: str, kind: str = "demo"):
        with self.db.read() as connection:
            return find_approval(connection, "lantern", kind, approval_id)


@pytest.fixture
def desk(empty_database_url: str):
    tables.load()
    db = Database(empty_database_url)
    metadata.create_all(db.engine, tables=[metadata.tables["approval"]])
    desk = Desk(db)
    desk.poster.start()
    yield desk
    desk.poster.stop()
    db.close()


def test_who_asked_cannot_approve(desk: Desk) -> None:
    row = desk.row(desk.ask())

    with pytest.raises(SamePerson):
        approve(row, by="mei", now=NOW)


def test_another_person_approves_once(desk: Desk) -> None:
    row = desk.row(desk.ask())
    desk.poster.commit(WriteSet(ops=[approve(row, by="otto", now=NOW, reason="seen")]))

    with pytest.raises(EdgeRefused):
        desk.poster.commit(WriteSet(ops=[approve(row, by="li", now=NOW)]))
    with pytest.raises(ApprovalDecided):
        desk.row(row.approval_id)


def test_two_questions_about_one_thing_are_one(desk: Desk) -> None:
    desk.ask()

    with pytest.raises(RowExists):
        desk.ask()


def test_who_asked_may_take_it_back_and_ask_again(desk: Desk) -> None:
    row = desk.row(desk.ask())
    desk.poster.commit(WriteSet(ops=[reject(row, by="mei", now=NOW)]))
    again = desk.ask()

    with desk.db.read() as connection:
        assert waiting_for(connection, "lantern", "demo", "thing").approval_id == again
        assert [r.decision for r in approvals_of(connection, "lantern", "demo")] == [None, "withdrawn"]
        assert len(approvals_of(connection, "lantern", "demo", waiting=True)) == 1


def test_a_question_of_another_kind_is_not_found(desk: Desk) -> None:
    with pytest.raises(ApprovalUnknown):
        desk.row(desk.ask(), kind="write_off")
