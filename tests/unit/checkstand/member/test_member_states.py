"""What can happen to a member and to a bank card; what a settlement cycle is."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from checkstand.kernel import NoSuchEdge
from checkstand.member import MemberClosed, MemberFrozen, require_active, require_open, still_active, still_the_same
from checkstand.member.settlement_profile import CYCLE, Profile, profile_op
from checkstand.member.states import CARD, MEMBER, CardEvent, CardState, MemberEvent, MemberState

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def row(status):
    return SimpleNamespace(tenant_id="lantern", member_id="mbr_1", status=status, version=3)


def test_nothing_leaves_the_end():
    for table, events in ((MEMBER, MemberEvent), (CARD, CardEvent)):
        for end in table.terminal:
            for each in events:
                with pytest.raises(NoSuchEdge):
                    table.to(end, each)


def test_a_member_is_closed_from_wherever_it_is():
    assert set(MEMBER.sources(MemberEvent.CLOSE)) == {MemberState.ACTIVE, MemberState.FROZEN}


def test_money_that_comes_back_unmakes_a_verified_card():
    assert CARD.to(CardState.VERIFIED, CardEvent.PAYOUT_FAILED) is CardState.FAILED


def test_only_a_card_that_waits_can_be_confirmed():
    assert CARD.sources(CardEvent.CONFIRM) == (CardState.VERIFYING,)


@pytest.mark.parametrize(("status", "refusal"), [("frozen", MemberFrozen), ("closed", MemberClosed)])
def test_who_is_not_active_begins_nothing(status, refusal):
    with pytest.raises(refusal):
        require_active(row(status))


def test_a_frozen_member_still_gets_what_it_is_owed():
    require_open(row("frozen"))
    with pytest.raises(MemberClosed):
        require_open(row("closed"))


def test_the_guards_hold_for_a_status_and_count():
    active, same = still_active(row("active")), still_the_same(row("frozen"))

    assert (active.guard, active.add, active.values) == ({"status": "active"}, {"version": 1}, {})
    assert same.guard == {"status": "frozen"}


@pytest.mark.parametrize("cycle", ["T+0", "T+1", "T+9", "T+10", "T+29", "T+30"])
def test_cycles(cycle):
    assert CYCLE.fullmatch(cycle)
    assert Profile("lantern", "test", "mbr_1", cycle).cycle_days == int(cycle[2:])


@pytest.mark.parametrize("cycle", ["", "T", "T+", "T+31", "T+-1", "D+1", "T+1d", "T+01", "T+1\n"])
def test_no_cycles(cycle):
    assert not CYCLE.fullmatch(cycle)


def test_a_saved_profile_is_changed_under_its_version():
    first = profile_op(Profile("lantern", "test", "mbr_1"), NOW)
    second = profile_op(Profile("lantern", "test", "mbr_1", version=4), NOW)

    assert first.values["version"] == 1
    assert second.guard == {"version": 4}
    assert second.values["version"] == 5
    assert "owner_id" not in second.values
