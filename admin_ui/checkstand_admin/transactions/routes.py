"""Transactions whose money waits: the list, one transaction's story, and every step that a person may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath, RawBody

from checkstand.accounting.chart import CHART
from checkstand.app.trade.capture import capture
from checkstand.app.trade.confirm_receipt import confirm_receipt
from checkstand.app.trade.facts import TransactionRow
from checkstand.app.trade.open_dispute import MAX_REASON, open_dispute
from checkstand.app.trade.rule_dispute import RULINGS, rule_dispute
from checkstand.app.trade.search_transactions import FLOWS, STATUSES, search_transactions
from checkstand.app.trade.ship import ship
from checkstand.app.trade.step import Ask
from checkstand.app.trade.story import transaction_story
from checkstand.app.trade.void import void
from checkstand.kernel import CheckstandError, Kind, Money
from checkstand.kernel.money import MoneyError
from checkstand.transaction.errors import AmountInvalid
from checkstand_admin.console import AnyRequest, Console, Form, Visitor, see_other
from checkstand_admin.payments.timeline import timeline
from checkstand_admin.payments.words import TONES
from checkstand_admin.problems import STATUS

AREA: Final = "transactions"
LIST: Final = "/u/{unit:str}/{mode:str}/transactions"
ONE: Final = LIST + "/{transaction_id:str}"
# A transaction's badge; what is under way has no colour.
STATE_TONES: Final = {"completed": "success", "disputed": "danger", "refunding": "warning"}

Act = Callable[[Ask, Form, str], TransactionRow]


def routes(console: Console) -> list[Any]:
    return [*_list(console), *_story(console)]


def _list(console: Console) -> list[Any]:
    @get(LIST, needs="transactions.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who, query = console.enter(request), request.query_params
        typed = {
            "q": query.get("q", "").replace("\0", "")[:100],
            "flow": query.get("flow", "") if query.get("flow", "") in FLOWS else "",
            "status": query.get("status", "") if query.get("status", "") in STATUSES else "",
        }
        page = search_transactions(
            console.platform, who.unit, who.mode,
            number=typed["q"], flow=typed["flow"], status=typed["status"], cursor=query.get("cursor", ""),
        )  # fmt: skip
        values: dict[str, Any] = {"page": page, "typed": typed, "statuses": STATUSES, "flows": FLOWS}
        return console.page(request, who, "transactions/transactions.html", tones=STATE_TONES, **values)

    return [index]


def _story(console: Console) -> list[Any]:
    platform = console.platform

    def page(
        request: AnyRequest, who: Visitor, transaction_id: str, *, status: int = 200, error: Any = None
    ) -> Response[bytes]:
        story = transaction_story(platform, who.unit, who.mode, transaction_id)
        steps = timeline({"events": [], "messages": [], "notifications": [], **story})
        values: dict[str, Any] = {"story": story, "steps": steps, "chart": CHART, "tones": TONES, "error": error}
        values |= {"state_tones": STATE_TONES, "max_reason": MAX_REASON, "rulings": tuple(RULINGS)}
        return console.page(request, who, "transactions/story.html", status=status, **values)

    @get(ONE, needs="transactions.read", sync_to_thread=True)
    def story(request: AnyRequest, transaction_id: FromPath[str]) -> Response[bytes]:
        return page(request, console.enter(request), transaction_id)

    def step(verb: str, act: Act) -> Any:
        @post(f"{ONE}/{verb}", needs="transactions.write", sync_to_thread=True)
        def take(request: AnyRequest, transaction_id: FromPath[str], body: RawBody) -> Response[bytes]:
            who, form = console.submit(request, body)
            now = platform.clock.now()
            said = {name: value for name, value in form.items() if name not in ("csrf", "version") and value}
            told = who.actor.audit(
                who.unit, f"transaction.{verb}", "transaction", transaction_id, now, mode=who.mode, after=said
            )
            seen = int(form["version"]) if form["version"].isdigit() else None
            ask = Ask(who.unit, who.mode, transaction_id, by=who.operator_id, also=[told], seen_version=seen)
            try:
                currency = transaction_story(platform, who.unit, who.mode, transaction_id)["amount"]["currency"]
                act(ask, form, currency)
            except CheckstandError as error:
                if error.kind is Kind.NOT_FOUND:
                    raise
                shown = _problem(console, request, error)
                return page(request, who, transaction_id, status=STATUS[error.kind], error=shown)
            return see_other(who.url(AREA, transaction_id), done=f"transaction_{verb}")

        return take

    acts: Mapping[str, Act] = {
        "ship": lambda ask, form, _: ship(platform, ask, carrier=form["carrier"][:64], number=form["number"][:128]),
        "confirm": lambda ask, form, currency: confirm_receipt(platform, ask, _minor(form["amount"], currency)),
        "dispute": lambda ask, form, _: open_dispute(platform, ask, form["reason"]),
        "rule": lambda ask, form, currency: rule_dispute(
            platform, ask, form["ruling"], _minor(form["amount"], currency) if form["ruling"] == "split" else None
        ),
        "capture": lambda ask, form, currency: capture(platform, ask, _minor(form["amount"], currency)),
        "void": lambda ask, _form, _: void(platform, ask),
    }
    return [story, *(step(verb, act) for verb, act in acts.items())]


def _minor(text: str, currency: str) -> int | None:
    """An amount as it was typed; nothing typed means all of it."""
    if not text.strip():
        return None
    try:
        return Money.from_decimal(text.strip(), currency).minor
    except MoneyError:
        raise AmountInvalid(pointer="amount") from None


def _problem(console: Console, request: AnyRequest, error: CheckstandError) -> dict[str, Any]:
    """What went wrong, in the person's language where we have it."""
    t, key = console.texts.speaker(console.locale(request)), f"transactions.problem.{error.code}"
    known = key in console.texts.sentences
    return {"title": t(key) if known else str(error), "remedy": "" if known else error.remedy, "pointer": ""}
