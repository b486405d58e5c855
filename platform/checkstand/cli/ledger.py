"""`checkstand ledger`: prove the books, read them, close days, ask for and approve adjustments."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from checkstand.accounting import accounting_date
from checkstand.accounting.period import account_period, find_account, name_of
from checkstand.accounting.protocol import current
from checkstand.accounting.trial_balance import trial_balance
from checkstand.app.console_access import Actor
from checkstand.app.ledger.adjust import AdjustmentLine, approve_adjustment, ask_adjustment, reject_adjustment
from checkstand.app.ledger.close_day import close_day, open_days
from checkstand.app.ledger.explain_balance import AccountUnknown, JournalExplained, explain_balance
from checkstand.app.ledger_check import check_ledger
from checkstand.cli.ops import every_unit, opened
from checkstand.kernel import Money, present
from checkstand.member.approvals import get_approval

console = Console()
_tenant = click.option("--tenant", "tenant_id", required=True, help="The business unit whose books these are.")
_json = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")


def _day(text: str) -> date:
    """A date like 2026-11-01."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no date; write it like 2026-11-01") from None


def _period(command: Callable[..., None]) -> Callable[..., None]:
    since = click.option("--from", "since", type=_day, default=None, help="The first day. Default: --to.")
    until = click.option("--to", "until", type=_day, default=None, help="The last day. Default: today.")
    return since(until(command))


@click.group()
def ledger() -> None:
    """The books."""


@ledger.command("check")
@_json
def check(as_json: bool) -> None:
    """Prove the invariants; exit code 1 when one does not hold."""
    with opened() as platform:
        results = check_ledger(platform)
    if as_json:
        rows = [
            {
                "id": result.check.id,
                "statement": result.check.statement,
                "holds": result.holds,
                "proven": dict(result.proof.proven),
                "seconds": round(result.seconds, 3),
                "findings": [dict(finding.facts) for finding in result.proof.findings],
            }
            for result in results
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    else:
        table = Table("", "id", "what must hold", "looked at", "seconds")
        for result in results:
            seen = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in result.proof.proven.items())
            mark = "[green]✓[/]" if result.holds else "[red]✗[/]"
            table.add_row(mark, result.check.id, result.check.statement, seen, f"{result.seconds:.2f}")
        console.print(table)
        for result in results:
            for finding in result.proof.findings:
                console.print(f"[red]{result.check.id}[/] {finding.subject}: {finding.detail} {dict(finding.facts)}")
    if not all(result.holds for result in results):
        raise SystemExit(1)


@ledger.command("trial-balance")
@_tenant
@_period
@click.option("--all", "with_zeros", is_flag=True, help="Also the codes on which nothing was ever booked.")
@_json
def show_trial_balance(tenant_id: str, since: date | None, until: date | None, with_zeros: bool, as_json: bool) -> None:
    """Opening, debits, credits and closing of each code of the chart; exit code 1 when they do not sum to zero."""
    with opened() as platform:
        until = until or accounting_date(platform.clock.now())
        with platform.db.read() as connection:
            found = trial_balance(connection, tenant_id, since or until, until)
    if as_json:
        click.echo(json.dumps([_trial_facts(line) for line in found.lines], ensure_ascii=False, indent=2))
    for currency in [] if as_json else found.currencies:
        table = Table("code", "name", *(f"{name} {currency}" for name in ("opening", "debit", "credit", "closing")))
        for line in found.of(currency):
            if with_zeros or any((line.opening_minor, line.debit_minor, line.credit_minor)):
                table.add_row(line.code, f"{line.type.name} {line.type.name_zh}", *_cells(line))
        table.add_section()
        table.add_row("", "total", *_cells(found.total(currency)))
        console.print(table)
    if not found.holds:
        raise SystemExit(1)


@ledger.command("statement")
@click.argument("account_id")
@_tenant
@_period
@click.option("--limit", default=500, show_default=True, help="At most so many entries.")
def statement(account_id: str, tenant_id: str, since: date | None, until: date | None, limit: int) -> None:
    """Opening, entries and closing of an account (2102:CNY:owner); up is more, down is less."""
    with opened() as platform:
        until = until or accounting_date(platform.clock.now())
        with platform.db.read() as connection:
            row = find_account(connection, tenant_id, account_id)
            if row is None:
                raise AccountUnknown(account=account_id)
            currency: str = row.currency
            found = account_period(connection, row, since or until, until, limit=limit)

    def money(minor: int) -> str:
        return Money(minor, currency).decimal()

    console.print(f"[bold]{account_id}[/] {name_of(row)} · {found.since} to {found.until} · {row.currency}")
    table = Table("no", "booked at", "kind", "source", "amount", "balance")
    table.add_row("", "", "opening", "", "", money(found.opening_minor))
    for line in found.lines:
        cells = (str(line.seq), line.booked_at.isoformat(timespec="seconds"), line.kind, line.source_id)
        table.add_row(*cells, money(line.amount_minor), money(line.balance_after_minor))
    if found.next_seq is not None:
        table.add_row("", "", f"… {found.entries} in all", "", "", "")
    table.add_row("", "", "closing", "", money(found.up_minor - found.down_minor), money(found.closing_minor))
    console.print(table)


@ledger.command("explain")
@click.argument("account_id")
@_tenant
@click.option("--seq", type=int, default=None, help="Begin at this entry. Default: the newest.")
@click.option("--limit", default=5, show_default=True, help="At most so many entries.")
def explain(account_id: str, tenant_id: str, seq: int | None, limit: int) -> None:
    """Say where a balance comes from: entries, journals, what booked them, and what the channel said."""
    with opened() as platform:
        found = explain_balance(platform, tenant_id, account_id, seq=seq, limit=limit)
    money = Money(found.balance_minor, found.account.currency)
    console.print(f"[bold]{account_id}[/] {found.name}: {money.decimal()} {money.currency}")
    for line, journal in found.entries:
        console.rule(f"entry {line.seq}: {line.amount_minor:+} minor units, then {line.balance_after_minor:+}")
        _tell(journal)
    if found.next_seq is not None:
        console.print(f"Earlier entries: --seq {found.next_seq}")


@ledger.command("protocol")
def show_protocol() -> None:
    """List the rule packs: which product takes which flow, and what each of its journals books."""
    for flow in current().flows.values():
        table = Table("line", "kind", "debit", "credit", title=f"{flow.flow_id} {' '.join(flow.names.values())}")
        for template_id in flow.templates:
            one = current().templates[template_id]
            sides = ("\n".join(line.account for line in one.lines if line.sign == sign) for sign in (1, -1))
            table.add_row(template_id, one.kind, *(side.replace("[", r"\[") for side in sides))
        if table.row_count:
            console.print(table)
        console.print("for " + ", ".join(f"{product} paid by {payment}" for product, payment in flow.serves))


@ledger.command("close-day")
@click.argument("day", type=_day, required=False)
@click.option("--tenant", "tenant_id", default=None, help="The business unit; all of them when left out.")
def close(day: date | None, tenant_id: str | None) -> None:
    """Seal a day, or every day that is over; the server does this by itself minutes after midnight in Shanghai."""
    with opened(writing=True) as platform:
        for unit in [tenant_id] if tenant_id else every_unit(platform):
            with platform.db.read() as connection:
                days = [day] if day else open_days(connection, unit, platform.clock.now())
            for each in days:
                close_day(platform, unit, each)
                click.echo(f"{unit} {each} is closed")


@ledger.group("adjust")
def adjust() -> None:
    """Adjustments: one person asks, another one approves."""


@adjust.command("ask")
@_tenant
@click.option(
    "--entry",
    "entries",
    type=(str, int),
    multiple=True,
    required=True,
    metavar="ACCOUNT MINOR",
    help="An account and minor units, a debit positive: --entry 5002:CNY: 700 --entry 1002:CNY:cmb -700",
)
@click.option("--reason", required=True, help="Why.")
@click.option("--evidence", required=True, help="Where it can be seen: a document, a case number.")
@click.option("--adjusts", type=_day, default=None, help="The day it corrects; it is booked on the day of approval.")
@click.option("--as", "person", default=None, help="Who asks. Default: the user of this shell.")
def ask(
    tenant_id: str, entries: tuple[tuple[str, int], ...], reason: str, evidence: str, adjusts: date | None,
    person: str | None,
) -> None:  # fmt: skip
    """Ask for an adjustment; nothing is booked before somebody else approves it."""
    lines = [AdjustmentLine(account_id, minor) for account_id, minor in entries]
    with opened(writing=True) as platform:
        approval_id = ask_adjustment(
            platform, _person(person), tenant_id, lines, reason=reason, evidence=evidence, adjusts=adjusts
        )
    click.echo(f"{approval_id} waits for somebody else's approval")


@adjust.command("approve")
@click.argument("approval_id")
@_tenant
@click.option("--as", "person", default=None, help="Who approves. Default: the user of this shell.")
def approve(approval_id: str, tenant_id: str, person: str | None) -> None:
    """Book what somebody else asked for."""
    with opened(writing=True) as platform:
        click.echo(f"{approve_adjustment(platform, _person(person), tenant_id, approval_id)} is booked")


@adjust.command("reject")
@click.argument("approval_id")
@_tenant
@click.option("--reason", default="", help="Why not.")
@click.option("--as", "person", default=None, help="Who rejects. Default: the user of this shell.")
def reject(approval_id: str, tenant_id: str, reason: str, person: str | None) -> None:
    """Refuse an adjustment, or take back one's own; nothing is booked."""
    with opened(writing=True) as platform:
        reject_adjustment(platform, _person(person), tenant_id, approval_id, reason)
        with platform.db.read() as connection:
            row = present(get_approval(connection, tenant_id, approval_id), "it was just decided")
    click.echo(f"{approval_id} is {row.decision}")


def _person(name: str | None) -> Actor:
    """Who runs this command: the machine's word for it, which the audit trail keeps."""
    name = name or getpass.getuser()
    return Actor(f"cli:{name}", name, "")


def _tell(found: JournalExplained) -> None:
    booked = found.journal
    console.print(f"journal {booked.journal_id} · {booked.kind} · accounting date {booked.accounting_date}")
    for template in found.templates:
        console.print(f"  {template.template_id}: {template.about}")
    for entry in booked.entries:
        sides = f"Dr {max(entry.amount_minor, 0):>12}  Cr {max(-entry.amount_minor, 0):>12}"
        console.print(f"    {entry.account_id:<60} {sides}", highlight=False)
    source = found.source
    if source is None:
        console.print(f"  booked for {booked.source_type} {booked.source_id}")
        return
    console.print(f"  {source.kind} {source.object_id} · {source.facts.get('status', '')}")
    told = [
        (edge["at"], f"{edge['object']}: {edge['from'] or '–'} → {edge['to']} ({edge['event']})")
        for edge in source.history
    ]
    told += [(said["at"], f"channel {said['verb']}: {said['status'] or said['error']}") for said in source.exchanges]
    told += [
        (note["at"], f"notification {note['notify_id']}: {note['outcome']} ({note['classified']})")
        for note in source.notifications
    ]
    for at, what in sorted(told):
        console.print(f"    {at}  {what}", highlight=False)


def _trial_facts(line: Any) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.type.name,
        "currency": line.currency,
        "opening_minor": line.opening_minor,
        "debit_minor": line.debit_minor,
        "credit_minor": line.credit_minor,
        "closing_minor": line.closing_minor,
    }


def _cells(line: Any) -> list[str]:
    """Opening and closing are debits when positive."""
    amounts = (line.opening_minor, line.debit_minor, line.credit_minor, line.closing_minor)
    return [Money(minor, line.currency).decimal() for minor in amounts]
