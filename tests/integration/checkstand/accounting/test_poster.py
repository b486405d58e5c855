"""The poster stores each write set wholly or not at all, whoever else is in the batch."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum

import pytest
from sqlalchemy import select
from tests.integration.checkstand.accounting.world import (
    LANTERN_BOOKS,
    MEI,
    NOW,
    RIVAL,
    TENANT,
    WECHAT,
    count,
    moved,
    pointer,
    request,
    sale,
    sale_line,
    spent,
)

from checkstand.accounting import (
    LEDGER_CHECKS,
    AlreadyPosted,
    BalanceTooLow,
    ConstraintBroken,
    EdgeRefused,
    LedgerUnavailable,
    Poster,
    RowExists,
    WriteSet,
    balance,
    run_checks,
)
from checkstand.accounting.store import account, entry, journal
from checkstand.infra.db import Database
from checkstand.infra.ops import Edge, Insert, Update, Upsert
from checkstand.kernel import InvariantBroken, SystemClock


def new_sale(sale_id: str, **values: object) -> Insert:
    return Insert(sale, {"tenant_id": TENANT, "sale_id": sale_id, "status": "open", **values})


def sale_key(sale_id: str) -> dict[str, str]:
    return {"tenant_id": TENANT, "sale_id": sale_id}


def paid(sale_id: str) -> Edge:
    return Edge(sale, sale_key(sale_id), ("open", "waiting"), "paid", values={"sold_at": NOW})


class Stage(StrEnum):
    FIRST = "first"


def together(poster: Poster, sets: list[WriteSet]) -> list[Future[None]]:
    """Submit so that all of them share one batch: the poster starts when everything is queued."""
    futures: list[Future[None]] = []
    for write_set in sets:
        future: Future[None] = Future()
        poster._queue.put((write_set, future))
        futures.append(future)
    poster.start()
    for future in futures:
        future.exception(timeout=60)
    return futures


@pytest.fixture
def idle(db: Database) -> Poster:
    """A poster that is not running yet."""
    return Poster(db, SystemClock())


@pytest.fixture(autouse=True)
def _the_books_are_in_order(db: Database):
    yield
    with db.read() as connection:
        assert [result.check.id for result in run_checks(connection, LEDGER_CHECKS) if not result.holds] == []


def test_a_write_set_stores_rows_and_money_together(poster: Poster, db: Database) -> None:
    poster.commit(
        WriteSet([new_sale("s1", captured_minor=100, note={"b": 1, "a": [None]}, sold_at=NOW)], [moved("s1")])
    )

    with db.read() as connection:
        row = connection.execute(select(sale)).one()
        assert (row.status, row.version, row.note, row.sold_at) == ("open", 1, {"a": [None], "b": 1}, NOW)
        assert (balance(connection, TENANT, MEI), balance(connection, TENANT, WECHAT)) == (100, 100)
        assert balance(connection, RIVAL, MEI) == 0


def test_parents_are_inserted_before_children(poster: Poster, db: Database) -> None:
    line = Insert(sale_line, {"tenant_id": TENANT, "line_id": "l1", "sale_id": "s1"})
    poster.commit(WriteSet([line, new_sale("s1")]))

    with db.read() as connection:
        assert count(connection, sale_line) == 1


def test_an_edge_moves_the_state_once(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet([new_sale("s1")]))
    poster.commit(WriteSet([paid("s1")]))

    with pytest.raises(EdgeRefused) as refused:
        poster.commit(WriteSet([paid("s1")], [moved("s1")]))

    assert refused.value.facts["rows"] == [("sale", TENANT, "s1")]
    with db.read() as connection:
        row = connection.execute(select(sale)).one()
        assert (row.status, row.version, row.sold_at, count(connection, journal)) == ("paid", 2, NOW, 0)


@pytest.mark.parametrize(("guard", "stored"), [({"reference": None}, True), ({"reference": "other"}, False)])
def test_an_update_holds_only_while_its_guard_does(poster: Poster, guard: dict[str, object], stored: bool) -> None:
    poster.commit(WriteSet([new_sale("s1")]))
    change = WriteSet([Update(sale, sale_key("s1"), values={"status": "waiting"}, guard=guard)])

    if stored:
        poster.commit(change)
    else:
        with pytest.raises(EdgeRefused):
            poster.commit(change)


def test_a_change_that_could_meet_several_rows_is_a_mistake(poster: Poster) -> None:
    with pytest.raises(InvariantBroken, match="unique key"):
        poster.commit(WriteSet([Update(sale, {"tenant_id": TENANT, "status": "open"}, values={"status": "paid"})]))


def test_an_upsert_overwrites_the_row_it_finds(poster: Poster, db: Database) -> None:
    for target in ("v1", "v2"):
        poster.commit(WriteSet([Upsert(pointer, {"tenant_id": TENANT, "name": "live", "target": target})]))

    with db.read() as connection:
        assert connection.execute(select(pointer.c.target)).scalars().all() == ["v2"]


def test_an_ignored_conflict_leaves_the_first_row(poster: Poster, db: Database) -> None:
    for status in ("open", "other"):
        fact = {"tenant_id": TENANT, "sale_id": "s1", "status": status}
        poster.commit(WriteSet([Insert(sale, fact, on_conflict="ignore")]))

    with db.read() as connection:
        assert connection.execute(select(sale.c.status)).scalars().all() == ["open"]


def test_an_existing_row_is_named(poster: Poster) -> None:
    poster.commit(WriteSet([new_sale("s1", reference="A-1")]))

    with pytest.raises(RowExists) as by_key:
        poster.commit(WriteSet([new_sale("s1")]))
    with pytest.raises(RowExists) as by_reference:
        poster.commit(WriteSet([new_sale("s2", reference="A-1")]))

    assert (by_key.value.table, by_key.value.constraint) == ("sale", "pk_sale")
    assert (by_reference.value.table, by_reference.value.constraint) == ("sale", "uq_sale_tenant_id_reference")


def test_a_broken_check_is_named(poster: Poster) -> None:
    poster.commit(WriteSet([new_sale("s1", captured_minor=100)]))

    with pytest.raises(ConstraintBroken) as broken:
        poster.commit(WriteSet([Update(sale, sale_key("s1"), add={"refunded_minor": 101})]))

    assert broken.value.constraint == "ck_sale_refunded"


def test_a_journal_is_booked_once_whatever_its_caller_does(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1")]))

    with pytest.raises(AlreadyPosted):
        poster.commit(WriteSet([new_sale("s1")], [moved("p1", 5_000)]))

    with db.read() as connection:
        assert (balance(connection, TENANT, MEI), count(connection, sale)) == (100, 0)
    poster.commit(WriteSet(journals=[moved("p1", tenant_id=RIVAL)]))  # a rival's source is another one


def test_a_repeated_request_is_told_so_before_its_other_faults(poster: Poster) -> None:
    first = WriteSet(
        [Insert(request, {"tenant_id": TENANT, "key": "k1"}), new_sale("s1", captured_minor=60, refunded_minor=60)]
    )
    poster.commit(first)

    with pytest.raises(RowExists) as refused:
        poster.commit(
            WriteSet(
                [
                    Update(sale, sale_key("s1"), add={"refunded_minor": 60}),
                    Insert(request, {"tenant_id": TENANT, "key": "k1"}),
                ]
            )
        )

    assert refused.value.table == "request"


def test_an_overdraft_leaves_no_trace(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1", 100)]))

    with pytest.raises(BalanceTooLow) as low:
        poster.commit(WriteSet([new_sale("s1")], [spent("s1", 101)]))

    assert (low.value.facts["account"], low.value.facts["short_minor"]) == (MEI.account_id, 1)
    with db.read() as connection:
        assert (count(connection, sale), count(connection, journal), count(connection, entry)) == (0, 1, 2)
        assert balance(connection, TENANT, MEI) == 100


def test_journals_of_one_write_set_may_feed_each_other(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1", 100), spent("p1", 100)]))

    with db.read() as connection:
        assert (balance(connection, TENANT, MEI), balance(connection, TENANT, LANTERN_BOOKS)) == (0, 100)


def test_a_bad_item_does_not_harm_its_batch(idle: Poster, db: Database) -> None:
    sets = [WriteSet([new_sale(f"s{i}")], [moved(f"s{i}")]) for i in range(60)]
    sets[7] = WriteSet([new_sale("bad1")], [spent("bad1", 10**9)])  # too low
    sets[20] = WriteSet([new_sale("bad2"), paid("unheard_of")], [moved("bad2")])  # refused edge
    sets[21] = WriteSet([new_sale("s3")], [moved("bad3")])  # exists
    sets[40] = WriteSet([new_sale("bad4")], [moved("s5")])  # booked already
    sets[41] = WriteSet([new_sale("bad5", captured_minor=1, refunded_minor=2)])  # breaks a CHECK
    sets[59] = WriteSet([Insert(sale, {"tenant_id": TENANT, "sale_id": "bad6", "status": None})])

    outcomes = [future.exception() for future in together(idle, sets)]
    idle.stop()

    refused = {place: type(outcome) for place, outcome in enumerate(outcomes) if outcome is not None}
    assert refused == {
        7: BalanceTooLow, 20: EdgeRefused, 21: RowExists, 40: AlreadyPosted, 41: ConstraintBroken, 59: ConstraintBroken,
    }  # fmt: skip
    with db.read() as connection:
        assert count(connection, sale) == count(connection, journal) == 54
        assert balance(connection, TENANT, MEI) == 5_400


def test_money_earned_in_a_batch_can_be_spent_in_it(idle: Poster, db: Database) -> None:
    sets = [
        WriteSet(journals=[moved("p1", 50)]),
        WriteSet(journals=[spent("x", 60)]),
        WriteSet(journals=[spent("y", 50)]),
    ]

    outcomes = [future.exception() for future in together(idle, sets)]
    idle.stop()

    assert [type(outcome) for outcome in outcomes] == [type(None), BalanceTooLow, type(None)]
    with db.read() as connection:
        assert balance(connection, TENANT, LANTERN_BOOKS) == 50


def test_changes_of_one_row_keep_the_order_of_their_callers(idle: Poster, db: Database) -> None:
    idle.start()
    idle.commit(WriteSet([new_sale("s1"), new_sale("s2")]))
    idle.stop()
    wait = Edge(sale, sale_key("s1"), ("open",), "waiting")
    late = Edge(sale, sale_key("s1"), ("open",), "closed")
    outcomes = [f.exception() for f in together(idle, [WriteSet([op]) for op in (wait, late, paid("s1"), paid("s2"))])]
    idle.stop()

    assert [type(outcome) for outcome in outcomes] == [type(None), EdgeRefused, type(None), type(None)]
    with db.read() as connection:
        assert connection.execute(select(sale.c.status, sale.c.version).order_by(sale.c.sale_id)).all() == [
            ("paid", 3),
            ("paid", 2),
        ]


def test_a_hot_counter_is_counted_for_every_caller(idle: Poster, db: Database) -> None:
    idle.start()
    idle.commit(WriteSet([new_sale("s1", captured_minor=1_000), new_sale("s2", captured_minor=1_000)]))
    idle.stop()
    adds = [WriteSet([Update(sale, sale_key(f"s{1 + i % 2}"), add={"refunded_minor": i})]) for i in range(30)]

    assert [future.exception() for future in together(idle, adds)] == [None] * 30
    idle.stop()

    with db.read() as connection:
        assert connection.execute(select(sale.c.refunded_minor).order_by(sale.c.sale_id)).all() == [(210,), (225,)]


def test_members_of_enumerations_and_plain_values_share_a_batch(idle: Poster, db: Database) -> None:
    sets = [
        WriteSet([new_sale("s1", reference=Stage.FIRST, captured_minor=True, note=None)]),
        WriteSet([new_sale("s2", reference="second", captured_minor=2**40, note=["x"])]),
        WriteSet([new_sale("s3", reference=None, captured_minor=0, note={})]),
    ]

    assert [future.exception() for future in together(idle, sets)] == [None] * 3
    changes = [paid("s1"), Edge(sale, sale_key("s2"), (Stage.FIRST, "open"), "paid", values={"sold_at": None})]
    idle.stop()
    assert [future.exception() for future in together(idle, [WriteSet([op]) for op in changes])] == [None] * 2
    idle.stop()

    with db.read() as connection:
        columns = (sale.c.reference, sale.c.captured_minor, sale.c.note, sale.c.status, sale.c.sold_at)
        assert connection.execute(select(*columns).order_by(sale.c.sale_id)).all() == [
            ("first", 1, None, "paid", NOW),
            ("second", 2**40, ["x"], "paid", None),
            (None, 0, {}, "open", None),
        ]


def test_sixty_four_callers_share_commits_and_lose_nothing(db: Database) -> None:
    commits: list[int] = []
    poster = Poster(db, SystemClock(), after_commit=lambda sets: commits.append(len(sets)))
    poster.start()

    def call(caller: int) -> None:
        for i in range(20):
            poster.commit(WriteSet([new_sale(f"s{caller}_{i}")], [moved(f"s{caller}_{i}", 7)]))

    with ThreadPoolExecutor(64) as callers:
        list(callers.map(call, range(64)))
    poster.stop()

    assert sum(commits) == 64 * 20
    assert len(commits) < 64 * 20 / 4, "callers share commits"
    with db.read() as connection:
        assert (balance(connection, TENANT, MEI), count(connection, sale)) == (64 * 20 * 7, 64 * 20)


def test_many_spenders_never_overdraw_a_balance(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1", 1_000)]))

    def spend(i: int) -> bool:
        try:
            poster.commit(WriteSet([new_sale(f"s{i}")], [spent(f"s{i}", 30)]))
        except BalanceTooLow:
            return False
        return True

    with ThreadPoolExecutor(32) as callers:
        paid_for = sum(callers.map(spend, range(200)))

    with db.read() as connection:
        assert (paid_for, count(connection, sale), balance(connection, TENANT, MEI)) == (33, 33, 10)


def test_two_refunds_at_once_never_exceed_the_payment(poster: Poster, db: Database) -> None:
    for i in range(20):
        poster.commit(WriteSet([new_sale(f"s{i}", captured_minor=100)]))
    refused: list[str] = []

    def refund(i: int) -> None:
        try:
            poster.commit(WriteSet([Update(sale, sale_key(f"s{i % 20}"), add={"refunded_minor": 60})]))
        except ConstraintBroken as broken:
            refused.append(broken.constraint)

    with ThreadPoolExecutor(40) as callers:
        list(callers.map(refund, range(40)))

    assert refused == ["ck_sale_refunded"] * 20
    with db.read() as connection:
        assert connection.execute(select(sale.c.refunded_minor)).scalars().all() == [60] * 20


def test_two_posters_on_one_database_do_not_lose_updates(db: Database) -> None:
    """Two server processes on one PostgreSQL, or a command line beside the server on one SQLite file."""
    posters = [Poster(db, SystemClock()), Poster(db, SystemClock())]
    for poster in posters:
        poster.start()

    def call(i: int) -> None:
        posters[i % 2].commit(WriteSet(journals=[moved(f"p{i}", 3), spent(f"p{i}", 2)]))

    with ThreadPoolExecutor(16) as callers:
        list(callers.map(call, range(200)))
    for poster in posters:
        poster.stop()

    with db.read() as connection:
        assert (balance(connection, TENANT, MEI), balance(connection, TENANT, LANTERN_BOOKS)) == (200, 400)
        assert connection.execute(select(account.c.seq).where(account.c.account_id == MEI.account_id)).scalar() == 400


def test_a_caller_is_told_only_after_the_commit(poster: Poster, db: Database) -> None:
    for i in range(20):
        poster.commit(WriteSet([new_sale(f"s{i}")]))
        with db.read() as connection:  # another connection, so only committed rows are seen
            assert count(connection, sale) == i + 1


def test_stop_writes_what_was_submitted(db: Database) -> None:
    poster = Poster(db, SystemClock())
    poster.start()
    futures = [poster.submit(WriteSet(journals=[moved(f"p{i}")])) for i in range(500)]
    poster.stop()

    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(LedgerUnavailable):
        poster.submit(WriteSet())


def test_a_failing_hook_does_not_stop_the_poster(db: Database) -> None:
    called = threading.Event()

    def fail(_sets: list[WriteSet]) -> None:
        called.set()
        raise RuntimeError("whoever listens is broken")

    poster = Poster(db, SystemClock(), after_commit=fail)
    poster.start()
    poster.commit(WriteSet(journals=[moved("p1")]))
    poster.commit(WriteSet(journals=[moved("p2")]))
    poster.stop()

    assert called.is_set()


def test_a_cancelled_submission_is_not_written(idle: Poster, db: Database) -> None:
    kept, dropped = Future[None](), Future[None]()
    idle._queue.put((WriteSet(journals=[moved("kept")]), kept))
    idle._queue.put((WriteSet(journals=[moved("dropped")]), dropped))
    assert dropped.cancel()
    idle.start()
    kept.result(timeout=30)
    idle.stop()

    with db.read() as connection:
        assert balance(connection, TENANT, MEI) == 100
