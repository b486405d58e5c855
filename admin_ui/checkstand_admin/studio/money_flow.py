"""What a sample order means for the merchant's money: the part of a scenario that no shopper sees."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath, RawBody

from checkstand.accounting import fee_minor
from checkstand.app import edit_draft
from checkstand.app.platform import Platform
from checkstand.app.preview_page import sample_amount
from checkstand.kernel import CheckstandError
from checkstand.rule.phrases import amount_words
from checkstand.scenario import Loaded, compile_plan
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
    fee = fee_minor(amount.minor, plan.fee.rate_ppm, plan.fee.min_minor)
    sums = {"amount": amount.minor, "fee": fee, "least": plan.fee.min_minor, "owed": amount.minor - fee}
    return {
        **{name: amount_words(minor, plan.currency, locale) for name, minor in sums.items()},
        "names": " · ".join(plan.name.values()),
        "rate": percent_of(plan.fee.rate_ppm),
        "bearer": plan.fee.bearer,
        "cycle": plan.settlement_cycle,
        "pay_minutes": f"{plan.timeouts.pay_s / 60:g}",
    }
