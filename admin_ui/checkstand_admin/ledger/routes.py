"""The books as people read them; everything is of one business unit, both modes together."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from checkstand.accounting.chart import CHART
from checkstand.accounting.closed_days import closed_days
from checkstand.accounting.period import account_period, accounts_like, balance_history, find_account
from checkstand.accounting.trial_balance import trial_balance
from checkstand.app.ledger.explain_balance import AccountUnknown, explain_balance, explain_journal
from checkstand.app.ledger.export_statement import begin_export, statement_parts
from checkstand_admin._shared.sheets import WRITERS, Head, download
from checkstand_admin.console import AnyRequest, Console
from checkstand_admin.ledger.adjustment_routes import adjustment_routes
from checkstand_admin.ledger.asked import asked_days, clean, number
from checkstand_admin.ledger.words import (
    STATEMENT_AMOUNTS,
    STATEMENT_COLUMNS,
    TRIAL_AMOUNTS,
    TRIAL_COLUMNS,
    statement_row,
    trial_row,
)
from checkstand_admin.ledger.words import code_name as name_of

PAGE = 50


def routes(console: Console) -> list[Any]:
    return [*_trial(console), *_accounts(console), *_journals(console), *_days(console), *adjustment_routes(console)]


def _trial(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/ledger", needs="ledger.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, asked = console.enter(request), asked_days(request.query_params, platform.clock.now())
        with platform.db.read() as connection:
            found = trial_balance(connection, who.unit, asked.since, asked.until)
        values: dict[str, Any] = {"found": found, "asked": asked, "name_of": name_of}
        return console.page(request, who, "ledger/trial.html", status=400 if asked.wrong else 200, **values)

    @get("/u/{unit:str}/{mode:str}/ledger/trial-balance/export", needs="ledger.read", sync_to_thread=True)
    def export(request: AnyRequest) -> Stream:
        who, asked = console.enter(request), asked_days(request.query_params, platform.clock.now())
        file_format = request.query_params.get("format", "")
        if asked.wrong or file_format not in WRITERS:
            file_format = "csv"
        about = {"since": asked.since.isoformat(), "until": asked.until.isoformat(), "format": file_format}
        begin_export(platform, who.actor, who.unit, "trial_balance", about)
        with platform.db.read() as connection:
            found = trial_balance(connection, who.unit, asked.since, asked.until)
        locale = console.locale(request, who)
        t = console.texts.speaker(locale)
        head = Head([t(f"ledger.column.{name}") for name in TRIAL_COLUMNS], TRIAL_AMOUNTS)
        rows = [trial_row(line, locale) for line in found.lines]
        return download(f"trial-balance-{who.unit}-{asked.since}-{asked.until}", file_format, head, [rows])

    return [index, export]


def _accounts(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/ledger/accounts", needs="ledger.read", sync_to_thread=True)
    def accounts(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        code = query.get("code", "") if query.get("code", "") in CHART else ""
        search, after = clean(query.get("q", "")), clean(query.get("after", ""), 200)
        with platform.db.read() as connection:
            found = accounts_like(connection, who.unit, code=code, search=search, after=after, limit=PAGE + 1)
        values: dict[str, Any] = {"found": found[:PAGE], "chart": CHART, "code": code, "search": search}
        values |= {"following": found[PAGE - 1].account_id if len(found) > PAGE else "", "name_of": name_of}
        return console.page(request, who, "ledger/accounts.html", **values)

    @get("/u/{unit:str}/{mode:str}/ledger/account", needs="ledger.read", sync_to_thread=True)
    def account(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        asked = asked_days(query, platform.clock.now(), days=30)
        with platform.db.read() as connection:
            row = find_account(connection, who.unit, clean(query.get("id", ""), 200))
            if row is None:
                raise AccountUnknown()
            after = number(query.get("after", ""))
            found = account_period(connection, row, asked.since, asked.until, after_seq=after, limit=PAGE)
            history = balance_history(connection, row, asked.since, asked.until)
        values: dict[str, Any] = {"row": row, "found": found, "history": history, "asked": asked, "after": after}
        values |= {"name_of": name_of, "chart": CHART}
        return console.page(request, who, "ledger/account.html", status=400 if asked.wrong else 200, **values)

    @get("/u/{unit:str}/{mode:str}/ledger/account/export", needs="ledger.read", sync_to_thread=True)
    def export(request: AnyRequest) -> Stream:
        who, query = console.enter(request), request.query_params
        asked = asked_days(query, platform.clock.now(), days=30)
        file_format = query.get("format", "") if query.get("format", "") in WRITERS else "csv"
        with platform.db.read() as connection:
            row = find_account(connection, who.unit, clean(query.get("id", ""), 200))
        if row is None:
            raise AccountUnknown()
        about = {"since": asked.since.isoformat(), "until": asked.until.isoformat(), "format": file_format}
        begin_export(platform, who.actor, who.unit, row.account_id, about)
        t = console.texts.speaker(console.locale(request, who))
        head = Head([t(f"ledger.column.{name}") for name in STATEMENT_COLUMNS], STATEMENT_AMOUNTS)
        parts = statement_parts(platform, row, asked.since, asked.until)
        rows = ([statement_row(line, row.currency, who.zone) for line in part] for part in parts)
        return download(f"statement-{who.unit}-{row.code}-{asked.since}-{asked.until}", file_format, head, rows)

    @get("/u/{unit:str}/{mode:str}/ledger/explain", needs="ledger.read", sync_to_thread=True)
    def explain(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        seq = number(query.get("seq", "")) or None
        found = explain_balance(platform, who.unit, clean(query.get("id", ""), 200), seq=seq, limit=10)
        return console.page(request, who, "ledger/explain.html", found=found, seq=seq, chart=CHART, name_of=name_of)

    return [accounts, account, export, explain]


def _journals(console: Console) -> list[Any]:
    @get("/u/{unit:str}/{mode:str}/ledger/journals/{journal_id:str}", needs="ledger.read", sync_to_thread=True)
    def journal(request: AnyRequest, journal_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        found = explain_journal(console.platform, who.unit, journal_id)
        return console.page(request, who, "ledger/journal.html", found=found, chart=CHART, name_of=name_of)

    return [journal]


def _days(console: Console) -> list[Any]:
    @get("/u/{unit:str}/{mode:str}/ledger/days", needs="ledger.read", sync_to_thread=True)
    def days(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        before = asked_days(request.query_params, console.platform.clock.now()).before
        with console.platform.db.read() as connection:
            found = closed_days(connection, who.unit, before=before, limit=PAGE + 1)
        following = found[PAGE - 1].accounting_date if len(found) > PAGE else None
        return console.page(request, who, "ledger/days.html", found=found[:PAGE], following=following)

    return [days]
