"""A shopper opens the cashier: the page's view, and once it was rendered for a person the exposures."""

from __future__ import annotations

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.app.session_view import session_view
from checkstand.cashier import SessionView
from checkstand.cashier.store import cashier_session, session_by_token
from checkstand.experiment import exposure_ops
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind
from checkstand.monitoring import event_op, pseudonym


class SessionNotFound(CheckstandError):
    code = "session.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such checkout."
    remedy = "Go back to the shop and start the payment again."


def open_cashier(platform: Platform, token: str, *, viewed: bool = True) -> SessionView:
    """The session behind a shopper's address. `viewed`: a person is about to see the page."""
    with platform.db.read() as connection:
        session = session_by_token(connection, token)
        if session is None:
            raise SessionNotFound()
        view = session_view(platform, connection, session)
    if viewed:
        note_view(platform, view)
    return view


def note_view(platform: Platform, view: SessionView, *, render_ms: int | None = None) -> None:
    """A person has been shown the page: the first time, that is an exposure to every arm of the session."""
    if not view.seen:
        # Nobody waits for this commit: a page is never slower or missing because of its own statistics.
        platform.poster.submit(WriteSet(ops=_first_view(view, render_ms)))


def _first_view(view: SessionView, render_ms: int | None) -> list[Op]:
    key = {"tenant_id": view.tenant_id, "session_id": view.session_id}
    shopper_id = str(view.context.get("shopper.id") or "")
    seen = {
        "scenario": view.plan.scenario_id,
        "scenario_version": view.version,
        "session_id": view.session_id,
        "user_id": pseudonym(view.tenant_id, shopper_id) if shopper_id else None,
        "terminal": view.terminal,
        "form": view.form,
        "amount_minor": view.amount.minor,
        "currency": view.amount.currency,
    }
    return [
        # The guard makes the first view the first, whatever tabs do: a second one is refused whole.
        Update(cashier_session, key, {"viewed_at": view.now}, guard={"viewed_at": None}),
        event_op("cashier_view", view.tenant_id, view.mode, view.now, duration_ms=render_ms, **seen),
        *exposure_ops(
            view.tenant_id, view.mode, view.session_id, view.plan.scenario_id, view.assignments, view.units, view.now,
            render_ms=render_ms,
        ),
        *(
            event_op("experiment_exposure", view.tenant_id, view.mode, view.now, experiment=name, variant=arm, **seen)
            for name, arm in view.assignments.items()
            if name in view.units
        ),
    ]  # fmt: skip
