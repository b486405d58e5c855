"""Every planted difference is found with its class, and nothing else is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.checkstand.reconciliation.statements import DAY, at, line

from checkstand.reconciliation.classes import POLICIES, Automatic, ItemClass, Posting
from checkstand.reconciliation.judging import FeeTolerance, Verdict, judge, near_edge
from checkstand.reconciliation.matching import Matcher, Pair
from checkstand.reconciliation.model import OwnLine, OwnState, StatementLine

C = ItemClass


def own(made: StatementLine) -> OwnLine:
    """What we booked for this line when both sides agree."""
    return OwnLine(*made[:8], booked_on=DAY)


def pairs(owns: Iterable[OwnLine], lines: Iterable[StatementLine]) -> list[Pair]:
    with Matcher() as matcher:
        matcher.load_own(owns)
        matcher.load_statement(lines)
        return list(matcher.pairs())


def judged(
    owns: Iterable[OwnLine], lines: Iterable[StatementLine], known: dict[str, OwnState] | None = None
) -> list[tuple[Pair, Verdict]]:
    lines = list(lines)
    tolerance = FeeTolerance(sum(each.gross_minor for each in lines))
    return [
        (pair, judge(pair, tolerance, known=(known or {}).get(pair.line.our_no if pair.line else "")))
        for pair in pairs(owns, lines)
    ]


# ── a generated day with planted differences ────────────────────────────────────────────────────

# What is done to a pair that agrees, and the class it must be found in. A plan is (own, line, known state).
Plan = tuple[list[OwnLine], list[StatementLine], OwnState | None]
PLANTS = {
    C.MATCHED: lambda a, b: ([a], [b], None),
    C.PENDING_CUTOFF: lambda a, _: ([a._replace(at=at(23, 50))], [], None),
    C.CHANNEL_ONLY_OPEN: lambda _, b: ([], [b], OwnState.OPEN),
    C.CHANNEL_ONLY_CLOSED: lambda _, b: ([], [b], OwnState.CLOSED),
    C.STATUS_DIFF: lambda _, b: ([], [b], OwnState.FAILED),
    C.CHANNEL_ONLY_PAYMENT: lambda _, b: ([], [b._replace(kind="payment")], None),
    C.CHANNEL_ONLY_REFUND: lambda _, b: ([], [b._replace(kind="refund", fee_minor=-b.fee_minor)], None),
    C.PLATFORM_ONLY_PAYMENT: lambda a, _: ([a._replace(kind="payment")], [], None),
    C.PLATFORM_ONLY_REFUND: lambda a, _: ([a._replace(kind="refund")], [], None),
    C.AMOUNT_DIFF: lambda a, b: ([a], [b._replace(gross_minor=b.gross_minor + 100)], None),
    C.FEE_DIFF: lambda a, b: ([a], [b._replace(fee_minor=b.fee_minor + 1)], None),
    C.DUPLICATE_LINE: lambda a, b: ([a], [b, b], None),
}
CHANNEL_SIDE = [each for each in C if not each.value.startswith("bank")]


def test_a_plant_exists_for_every_class_of_lines() -> None:
    assert set(PLANTS) == set(CHANNEL_SIDE)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(CHANNEL_SIDE), st.booleans(), st.integers(1, 10**9), st.integers(0, 86_399)),
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_each_planted_difference_is_found_with_its_class_and_no_other(
    day: list[tuple[ItemClass, bool, int, int]], random: object
) -> None:
    owns, lines, known, expected = [], [], {}, Counter()  # type: ignore[var-annotated]
    for number, (item_class, refund, minor, second) in enumerate(day):
        middle = at() + timedelta(seconds=(second - 43_200) * 0.9)  # no line is near the edge by chance
        made = line(f"no_{number:03}", minor, minor // 263, kind="refund" if refund else "payment", at=middle)
        more_own, more_lines, state = PLANTS[item_class](own(made), made)
        owns += more_own
        lines += more_lines
        if state:
            known[made.our_no] = state
        expected[made.our_no, item_class] += 1
        if item_class == C.DUPLICATE_LINE:
            expected[made.our_no, C.MATCHED] += 1
    random.shuffle(owns)  # type: ignore[attr-defined]
    random.shuffle(lines)  # type: ignore[attr-defined]

    found = Counter(
        ((pair.own or pair.line).our_no, verdict.item_class)  # type: ignore[union-attr]
        for pair, verdict in judged(owns, lines, known)
    )

    assert found == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from(["payment", "refund"]))), st.data())
def test_every_line_of_both_sides_appears_exactly_once(rows: list[tuple[int, int, str]], data: st.DataObject) -> None:
    """Whatever numbers they carry, repeated or missing."""
    lines = [
        line(
            "" if ours == 0 else f"no_{ours}",
            100,
            0,
            kind=kind,
            line_no=place,
            channel_no=f"c_{theirs}" if theirs else "",
        )
        for place, (ours, theirs, kind) in enumerate(rows)
    ]
    numbers = {(each.kind, each.our_no or each.channel_no): each for each in lines if each.number}
    owns = [own(each)._replace(our_no=each.number) for each in numbers.values() if data.draw(st.booleans())]

    found = pairs(owns, lines)

    assert Counter(each.line for each in found if each.line) == Counter(lines)
    assert Counter(each.own for each in found if each.own) == Counter(owns)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CHANNEL_SIDE[2:]), st.integers(200, 10**6)), max_size=30))
def test_differences_lead_from_our_receivable_to_the_channels_net(day: list[tuple[ItemClass, int]]) -> None:
    """Step 8 of the algorithm: after posting, the receivable of the day equals the statement."""
    owns, lines, known = [], [], {}
    for number, (item_class, minor) in enumerate(day):
        made = line(f"no_{number:03}", minor, 2)
        more_own, more_lines, state = PLANTS[item_class](own(made), made)
        owns += more_own
        lines += more_lines
        if state:  # completed: our books then have it as the statement does
            owns += [own(made)]
            known[made.our_no] = state

    posted = sum(verdict.difference.net_minor for _, verdict in judged(owns, lines))

    assert sum(each.net_minor for each in owns) + posted == sum(each.net_minor for each in lines)


# ── passes ──────────────────────────────────────────────────────────────────────────────────────


def test_a_line_without_our_number_is_found_by_the_channels() -> None:
    made = line("att_1")

    assert pairs([own(made)], [made._replace(our_no="")]) == [Pair(own(made), made._replace(our_no=""))]


def test_equal_numbers_of_different_kinds_are_not_partners() -> None:
    made = line("x_1", channel_no="")

    assert len(pairs([own(made)], [made._replace(kind="refund")])) == 2


def test_refunds_without_a_number_pair_in_the_order_of_time() -> None:
    first, second = (
        line(f"rfd_{n}", 500, 0, kind="refund", channel_no="", original_no="att_1", at=at(9 + n)) for n in (1, 2)
    )
    found = pairs([own(second), own(first)], [each._replace(our_no="", at=each.at) for each in (second, first)])

    assert {(each.own.our_no, each.line.at) for each in found if each.own and each.line} == {
        ("rfd_1", first.at),
        ("rfd_2", second.at),
    }


@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_amount_and_time_alone_never_pair(kind: str) -> None:
    made = line("att_1", kind=kind, channel_no="", original_no="")

    assert len(pairs([own(made)], [made._replace(our_no="att_2")])) == 2
    assert len(pairs([own(made)], [made._replace(our_no="")])) == 2


def test_the_second_line_of_the_channels_number_is_a_repetition() -> None:
    made = line("att_1")
    bare = made._replace(our_no="")

    assert [each.duplicate for each in pairs([own(made)], [bare._replace(line_no=2), bare._replace(line_no=3)])] == [
        False,
        True,
    ]


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("moment", "near"),
    [
        (at(0, 0), True),
        (at(0, 30), True),
        (at(0, 30, 1), False),
        (at(12), False),
        (at(23, 29, 59), False),
        (at(23, 30), True),
        (at(23, 59, 59), True),
    ],
)
def test_the_window_is_half_an_hour_on_both_sides_of_midnight(moment: datetime, near: bool) -> None:
    assert near_edge(moment) is near


def test_a_card_network_cuts_at_eleven_in_the_evening() -> None:
    assert (near_edge(at(23, 10), time(23)), near_edge(at(0, 10), time(23))) == (True, False)


@pytest.mark.parametrize(
    ("waited", "found"), [(0, C.PENDING_CUTOFF), (1, C.PENDING_CUTOFF), (2, C.PLATFORM_ONLY_PAYMENT)]
)
def test_two_further_statements_are_waited_for(waited: int, found: ItemClass) -> None:
    pair = Pair(own(line("att_1", at=at(23, 59))), None)

    assert judge(pair, FeeTolerance(0), waited=waited).item_class == found


def test_a_refund_on_its_way_on_both_sides_waits() -> None:
    pair = Pair(None, line("rfd_1", kind="refund", final=False))

    assert judge(pair, FeeTolerance(0), known=OwnState.OPEN).item_class == C.PENDING_CUTOFF


def test_a_discount_that_the_statement_names_is_said_to_be_the_reason() -> None:
    made = line("att_1", 10_000)
    verdict = judge(Pair(own(made), made._replace(gross_minor=9_500)), FeeTolerance(10_000))

    assert (verdict.item_class, verdict.discounted, verdict.difference.amount_minor) == (C.AMOUNT_DIFF, True, -500)


def test_another_currency_takes_ours_out_as_a_whole() -> None:
    made = line("att_1", 10_000, 38)
    verdict = judge(Pair(own(made), made._replace(currency="USD")), FeeTolerance(10_000))

    assert (verdict.item_class, verdict.difference.net_minor) == (C.AMOUNT_DIFF, -9_962)


@pytest.mark.parametrize(
    ("difference", "gross", "day", "taken"),
    [
        (1, 100, 10**6, True),
        (-1, 100, 10**6, True),
        (2, 1_999_999, 10**9, False),  # a millionth of it is one
        (2, 2_000_000, 10**9, True),
        (1, 100, 0, True),  # one minor unit a day is always forgiven
    ],
)
def test_a_fee_may_differ_by_a_millionth_or_one_unit(difference: int, gross: int, day: int, taken: bool) -> None:
    assert FeeTolerance(day).takes(difference, gross) is taken


def test_small_differences_of_fees_do_not_add_up_unseen() -> None:
    tolerance = FeeTolerance(50_000)  # five units may differ that day

    assert [tolerance.takes(1, 100) for _ in range(7)] == [True] * 5 + [False] * 2


def test_a_fee_beyond_tolerance_waits_for_a_person() -> None:
    made = line("att_1", 10_000, 38)
    verdict = judge(Pair(own(made), made._replace(fee_minor=60)), FeeTolerance(10_000))

    assert (verdict.item_class, verdict.suspended) == (C.FEE_DIFF, True)


def test_every_class_has_a_policy_and_every_queue_a_way_out() -> None:
    assert set(POLICIES) == set(C)
    stuck = [
        each
        for each, policy in POLICIES.items()
        if not policy.queued and policy.automatic not in (Automatic.RECORD, Automatic.WAIT, Automatic.COMPLETE)
    ]
    assert stuck == []
    assert [each for each, policy in POLICIES.items() if policy.posting == Posting.SUSPENSE and not policy.queued] == []
