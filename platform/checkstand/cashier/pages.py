"""Which page may be shown in which state, as a table. Whatever is not in a row is not shown.

The state is what the database says, never what the browser asks for: a back button, a second tab, a
replayed link or a double click ask for pages, and every page the row does not list renders the row's
own page instead. Two sentences decide most rows: while an outcome is open nobody is offered to pay
twice, and a definite failure never ends the checkout.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from checkstand.cashier.view import PaymentView, SessionView


class PageName(StrEnum):
    CHOOSE = "choose"
    REVIEW = "review"
    CONFIRM = "confirm"
    QR = "qr"
    REDIRECT = "redirect"
    INVOKE = "invoke"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    FAILED = "failed"
    PAID = "paid"
    EXPIRED = "expired"
    CLOSED = "closed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class State:
    """What decides the page. `payment` and `attempt` are "-" when there is none, `action` is the attempt's."""

    session: str
    order: str
    payment: str = "-"
    attempt: str = "-"
    action: str = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """Fits a state when every column that says something agrees; "*" says nothing, "A|B" either."""

    session: str
    order: str
    payment: str
    attempt: str
    action: str
    page: PageName
    also: frozenset[PageName] = frozenset()

    def fits(self, state: State) -> bool:
        columns = (
            (self.session, state.session),
            (self.order, state.order),
            (self.payment, state.payment),
            (self.attempt, state.attempt),
            (self.action, state.action),
        )
        return all(pattern == "*" or value in pattern.split("|") for pattern, value in columns)


P = PageName
_STEPS: Final = frozenset({P.CHOOSE, P.REVIEW, P.CONFIRM})
_WAIT: Final = frozenset({P.WAITING})

# fmt: off
# The first row that fits decides. Columns: session, order, newest payment, its attempt, the attempt's action.
ROWS: Final[tuple[Row, ...]] = (
    # What the order says comes first: it is the sum of everything that happened.
    Row("*",        "REFUNDED",           "*",              "*",        "*",        P.REFUNDED),
    Row("*",        "PAID|PART_REFUNDED|AUTHORISED", "*",   "*",        "*",        P.PAID),
    Row("expired",  "CLOSED",             "*",              "*",        "*",        P.EXPIRED),
    Row("*",        "CLOSED",             "*",              "*",        "*",        P.CLOSED),

    # An open outcome: wait for it, whatever the session's clock says, because the money may be on its way.
    Row("*",        "*",                  "PROCESSING|CLOSING|MANUAL", "UNKNOWN", "*", P.UNKNOWN),
    Row("*",        "*",                  "COMPENSATING|MANUAL", "*",   "*",        P.UNKNOWN),
    Row("*",        "CLOSING",            "*",              "*",        "*",        P.WAITING),
    Row("*",        "*",                  "CLOSING",        "*",        "*",        P.WAITING),
    Row("*",        "*",                  "PROCESSING",     "ACCEPTED", "qr",       P.QR,       _WAIT),
    Row("*",        "*",                  "PROCESSING",     "ACCEPTED", "redirect", P.REDIRECT, _WAIT),
    Row("*",        "*",                  "PROCESSING",     "ACCEPTED", "invoke",   P.INVOKE,   _WAIT),
    Row("*",        "*",                  "CREATED|HELD|PROCESSING|SUCCEEDED", "*", "*", P.WAITING),

    # Nothing is open. A session that has ended takes no new payment; an open one takes another.
    Row("expired",  "CREATED|PAYING",     "-|FAILED|CLOSED", "*",       "*",        P.EXPIRED),
    Row("complete", "CREATED|PAYING",     "-|FAILED|CLOSED", "*",       "*",        P.CLOSED),
    Row("open",     "CREATED|PAYING",     "FAILED",         "*",        "*",        P.FAILED,   _STEPS),
    Row("open",     "CREATED|PAYING",     "-|CLOSED",       "*",        "*",        P.CHOOSE,   _STEPS),
)
# fmt: on

PAYING_PAGES: Final = frozenset({P.CHOOSE, P.FAILED})  # rows from which a payment may start
RESULTS: Final = frozenset({P.PAID, P.REFUNDED, P.EXPIRED, P.CLOSED})  # nothing will change any more
POLLED: Final = frozenset({P.QR, P.REDIRECT, P.INVOKE, P.WAITING, P.UNKNOWN})  # the page asks how it stands


def state_of(view: SessionView) -> State:
    """The columns of the table for this view; a session past its deadline has expired, swept or not."""
    over = view.status == "open" and view.now >= view.expires_at
    session = "expired" if over else view.status
    payment = newest(view)
    if payment is None:
        return State(session, view.order_status)
    action = payment.action.kind if payment.action else "-"
    return State(session, view.order_status, payment.status, payment.attempt_status or "-", action)


def newest(view: SessionView) -> PaymentView | None:
    """The payment that decides the page."""
    return view.payments[0] if view.payments else None


@lru_cache(maxsize=1024)  # a few hundred states exist
def row_for(state: State) -> Row:
    """The table's answer; a state that nobody thought of waits, because waiting moves no money."""
    return next((row for row in ROWS if row.fits(state)), _UNFORESEEN)


_UNFORESEEN: Final = Row("*", "*", "*", "*", "*", P.WAITING)


def page_for(view: SessionView, asked: str | None = None) -> PageName:
    """The page to render: the one asked for if the state's row lists it, else the page of the real state."""
    row = row_for(state_of(view))
    return next((page for page in row.also if page == asked), row.page)


def may_pay(view: SessionView) -> bool:
    """Whether a payment may start now."""
    return row_for(state_of(view)).page in PAYING_PAGES
