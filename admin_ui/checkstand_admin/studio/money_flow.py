"""What a sample order means for the merchant's money: the part of a scenario that no shopper sees."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath, RawBody

from checkstand.app import edit_draft
from checkstand.app.platform import Platform
from checkstand.app.preview_page import sample_amount
from checkstand.clearing import ClearingRule, FeeRule, SplitRule, clear
from checkstand.kernel import CheckstandError
from checkstand.rule.phrases import amount_words
from checkstand.scenario import Loaded, compile_plan
from checkstand.scenario.plan import Plan
from checkstand_admin.console import AnyRequest, Console
from checkstand_admin.studio.edits import edited
from checkstand_admin.studio.settings import percent_of

FLOW: Final = "/u/{unit:str}/{mode:str}/studio/{scenario_id:str}/money"
MAX_BODY: Final = 24 * 1024 * 1024


def routes(console: Console) -> list[Any]:
    @post(FLOW, needs="scenarios.read", sync_to_thread=True, request_max_body_size=MAX_BODY)
    def flow(request: AnyRequest, scenario_id: FromPath[str], body: RawBody) -> Response[bytes]:
        """The money flow of the text and fields as they stand on the page."""
        who, form = console.submit(request, body)
        source, why = form["source"].replace("\r\n", "\n"), ""
        try:
            edit_draft.refuse_large(source)
            source = edited(console.platform, scenario_id, source, form)
            loaded = edit_draft.check_draft(console.platform, scenario_id, source)
            flow = money_flow(console.platform, loaded, who.locale)
        except CheckstandError as error:
            flow, why = None, str(error)
        return console.part(request, who, "studio/_money.html", flow=flow, why=why)

    return [flow]


def money_flow(platform: Platform, loaded: Loaded, locale: str) -> dict[str, str] | None:
    """The sums of one sample order; None while the text is no scenario."""
    if not loaded.ok or loaded.document is None:
        return None
    plan = compile_plan(loaded.document, platform.registry.method_types())
    amount = sample_amount(plan)
    parts = clear(_rule(plan), amount.minor)
    sums = {"amount": amount.minor, "fee": parts.fee_minor, "least": plan.fee.min_minor, "owed": parts.rest_minor}
    return {
        **{name: amount_words(minor, plan.currency, locale) for name, minor in sums.items()},
        "shares": amount_words(sum(parts.splits), plan.currency, locale) if parts.splits else "",
        "names": " · ".join(plan.name.values()),
        "rate": percent_of(plan.fee.rate_ppm),
        "most": amount_words(plan.fee.max_minor, plan.currency, locale) if plan.fee.max_minor is not None else "",
        "bearer": plan.fee.bearer,
        "timing": plan.fee.timing,
        "rounding": plan.fee.rounding,
        "cycle": plan.settlement_cycle,
        "type": plan.flow,
        "pay_minutes": f"{plan.timeouts.pay_s / 60:g}",
    }


def _rule(plan: Plan) -> ClearingRule:
    fee = plan.fee
    return ClearingRule(
        FeeRule(fee.rate_ppm, fee.min_minor, fee.max_minor, fee.bearer, fee.timing, fee.rounding),
        tuple(SplitRule(each.id, each.member, each.rate_ppm, each.amount_minor) for each in plan.splits),
    )
