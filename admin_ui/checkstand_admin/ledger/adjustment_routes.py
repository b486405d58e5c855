"""Adjustments on a page: a form to ask, a list of what waits, buttons for the second person."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, RawBody
from sqlalchemy import select

from checkstand.app.ledger.adjust import (
    KIND,
    MAX_TEXT,
    AdjustmentInvalid,
    AdjustmentLine,
    account_named,
    approve_adjustment,
    ask_adjustment,
    reject_adjustment,
)
from checkstand.kernel import CheckstandError, Money, MoneyError
from checkstand.member.approvals import approvals_of
from checkstand.member.operators import operator
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.ledger.asked import asked_days, clean
from checkstand_admin.problems import STATUS

LINES = 6
FIELDS = ("account", "debit", "credit")


def adjustment_routes(console: Console) -> list[Any]:
    platform = console.platform
    path = "/u/{unit:str}/{mode:str}/ledger/adjustments"

    def page(
        request: AnyRequest, who: Visitor, *, status: int = 200, error: CheckstandError | None = None,
        typed: Form | None = None,
    ) -> Response[bytes]:  # fmt: skip
        with platform.db.read() as connection:
            found = sorted(approvals_of(connection, who.unit, KIND), key=lambda row: row.decision is not None)
            people = {row.asked_by for row in found} | {row.decided_by for row in found if row.decided_by}
            query = select(operator.c.operator_id, operator.c.email).where(operator.c.operator_id.in_(people))
            emails: dict[str, str] = {row.operator_id: row.email for row in connection.execute(query)}
        rows = [{name: typed[f"{name}{n}"] if typed else "" for name in FIELDS} for n in range(LINES)]
        values: dict[str, Any] = {"found": found, "emails": emails, "rows": rows, "typed": typed, "max_text": MAX_TEXT}
        values["error"] = _problem(console, request, error) if error else None
        return console.page(request, who, "ledger/adjustments.html", status=status, **values)

    @get(path, needs="ledger.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        return page(request, console.enter(request))

    @post(path, needs="ledger.adjust", sync_to_thread=True)
    def ask(request: AnyRequest, body: RawBody) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            days = asked_days({"to": form["adjusts"]}, platform.clock.now())
            if days.wrong:
                raise AdjustmentInvalid("The day it corrects is no date.")
            ask_adjustment(
                platform, who.actor, who.unit, _lines(form), reason=clean(form["reason"], MAX_TEXT + 1),
                evidence=clean(form["evidence"], MAX_TEXT + 1), adjusts=days.until if form["adjusts"] else None,
            )  # fmt: skip
        except CheckstandError as error:
            return page(request, who, status=STATUS[error.kind], error=error, typed=form)
        return see_other(who.url("ledger", "adjustments"), done="adjustment_asked")

    def decide(request: AnyRequest, body: bytes, approval_id: str, *, yes: bool) -> Response[bytes]:
        who, form = console.submit(request, body)
        try:
            if yes:
                approve_adjustment(platform, who.actor, who.unit, approval_id)
            else:
                reject_adjustment(platform, who.actor, who.unit, approval_id, form["reason"])
        except CheckstandError as error:
            return page(request, who, status=STATUS[error.kind], error=error)
        return see_other(who.url("ledger", "adjustments"), done="adjustment_booked" if yes else "adjustment_rejected")

    @post(path + "/{approval_id:str}/approve", needs="ledger.adjust", sync_to_thread=True)
    def approve(request: AnyRequest, approval_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, approval_id, yes=True)

    @post(path + "/{approval_id:str}/reject", needs="ledger.adjust", sync_to_thread=True)
    def reject(request: AnyRequest, approval_id: FromPath[str], body: RawBody) -> Response[bytes]:
        return decide(request, body, approval_id, yes=False)

    return [index, ask, approve, reject]


def _lines(form: Form) -> list[AdjustmentLine]:
    """The lines that were filled in; amounts as they are written, in the account's currency."""
    lines = []
    for n in range(LINES):
        account_id, debit, credit = (clean(form[f"{name}{n}"], 200) for name in FIELDS)
        if not account_id and not debit and not credit:
            continue
        if bool(debit) == bool(credit):
            raise AdjustmentInvalid(f"Line {n + 1}: write either a debit or a credit.")
        currency = account_named(account_id).currency
        try:
            money = Money.from_decimal(debit or credit, currency)
        except MoneyError:
            raise AdjustmentInvalid(f"Line {n + 1}: {debit or credit} is no amount in {currency}.") from None
        lines.append(AdjustmentLine(account_id, money.minor if debit else -money.minor))
    return lines


def _problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, str]:
    t, key = console.texts.speaker(console.locale(request)), f"ledger.problem.{error.code}"
    known = key in console.texts.sentences
    return {"title": t(key) if known else error.detail, "remedy": "" if known else error.remedy}
