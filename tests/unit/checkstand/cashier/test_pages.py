"""The table of pages: each row, and the sentences that the rows exist for."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from checkstand.cashier import PageName, may_pay, page_for
from checkstand.cashier.pages import _UNFORESEEN, PAYING_PAGES, ROWS, State, row_for
from checkstand.payment.states import AttemptState, PaymentState
from checkstand.web.pages.sample import NOW, STATES, sample_view

P = PageName
SESSIONS = ("open", "complete", "expired")
ORDERS = ("CREATED", "PAYING", "PAID", "CLOSING", "CLOSED", "PART_REFUNDED", "REFUNDED")
PAYMENTS = ("-", *PaymentState)
ATTEMPTS = ("-", *AttemptState)
ACTIONS = ("-", "qr", "redirect", "invoke")
EVERY_STATE = tuple(State(*facts) for facts in itertools.product(SESSIONS, ORDERS, PAYMENTS, ATTEMPTS, ACTIONS))

OWN_PAGE = {"blocked": "choose", "errors": "choose", "qr_over": "qr", "closing": "waiting", "part_refunded": "paid"}
STEPS = {"review", "confirm"}


def test_every_state_has_a_row() -> None:
    assert not [state for state in EVERY_STATE if row_for(state) is _UNFORESEEN]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.session}/{row.order}/{row.payment}/{row.attempt}")
def test_every_row_decides_some_state(row) -> None:
    assert any(row_for(state) is row for state in EVERY_STATE) or row.payment == "COMPENSATING|MANUAL"


@pytest.mark.parametrize("state", STATES)
def test_a_session_shows_the_page_of_its_state(state: str) -> None:
    asked = state if state in STEPS else None

    assert page_for(sample_view(page_state=state), asked) == OWN_PAGE.get(state, state)


@pytest.mark.parametrize("asked", [*PageName, "admin", ""])
@pytest.mark.parametrize("state", STATES)
def test_a_page_that_the_row_does_not_list_renders_the_real_one(state: str, asked: str) -> None:
    view = sample_view(page_state=state)

    shown = page_for(view, asked)

    assert shown in {page_for(view), asked}
    if state in {"paid", "refunded", "expired", "closed", "unknown", "closing"}:
        assert shown == page_for(view)


def test_an_unknown_outcome_never_offers_to_pay_again() -> None:
    open_and_unknown = [s for s in EVERY_STATE if s.attempt == "UNKNOWN" and s.payment in {"PROCESSING", "CLOSING"}]

    offered = [s for s in open_and_unknown if row_for(s).also & PAYING_PAGES or row_for(s).page in PAYING_PAGES]

    assert open_and_unknown
    assert not offered


def test_a_finished_order_is_never_payable() -> None:
    finished = [state for state in EVERY_STATE if state.order in {"PAID", "PART_REFUNDED", "REFUNDED", "CLOSED"}]

    assert not [state for state in finished if row_for(state).page in PAYING_PAGES]


def test_a_failure_offers_the_methods_again() -> None:
    view = sample_view(page_state="failed")

    assert may_pay(view)
    assert page_for(view, "choose") == "choose"


def test_a_deadline_that_has_passed_ends_the_checkout_before_the_sweeper_does() -> None:
    view = sample_view(page_state="choose", now=NOW + timedelta(hours=2))

    assert page_for(view) == "expired"
    assert not may_pay(view)


def test_money_that_may_be_on_its_way_outlives_the_deadline() -> None:
    view = sample_view(page_state="waiting", now=NOW + timedelta(hours=2))

    assert page_for(view) == "waiting"


def test_the_newest_payment_decides() -> None:
    failed = sample_view(page_state="failed").payments[0]
    again = sample_view(page_state="qr")

    assert page_for(replace(again, payments=(*again.payments, failed))) == "qr"
