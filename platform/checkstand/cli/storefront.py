"""The demo storefront as a mount: what it is told about the scenarios is what any merchant could read."""

from __future__ import annotations

from typing import Any, Final

from checkstand.app.demo_seed import DemoInfo
from checkstand.app.platform import Platform
from checkstand.scenario.plan import Plan

PREFIX: Final = "/shop"
FORMS: Final = ("full_screen", "popup", "mobile_site", "regulatory")


def storefront(platform: Platform, info: DemoInfo) -> dict[str, Any]:
    """The shop with a card for each published scenario."""
    from checkstand_shop import ScenarioCard, ShopConfig, build_shop

    settings = platform.settings
    plans = platform.plans.all_published(info.tenant_id, "test", limit=1000)
    cards = tuple(
        ScenarioCard(
            id=plan.scenario_id,
            name=plan.name,
            description=plan.description,
            form=plan.form.type,
            terminals=plan.terminals,
            locales=plan.locales,
            currency=plan.currency,
            amounts=presets(plan),
            category=plan.labels.get("category", ""),
        )
        for plan in sorted(plans, key=lambda plan: (FORMS.index(plan.form.type), plan.scenario_id))
    )
    config = ShopConfig(
        base_url=settings.base_url,
        api_key=info.api_key,
        webhook_secret=info.webhook_secret,
        db_path=settings.var_dir / "shop.db",
        scenarios=cards,
        prefix=PREFIX,
    )
    return {PREFIX: build_shop(config)}


def presets(plan: Plan) -> tuple[int, ...]:
    """Amounts to try: ordinary ones inside the limits, and one that brings the review step where there is one."""
    wanted = [
        12900,
        1000,
        68800,
        300000,
        plan.form.review_above + 10000 if plan.form.review_step == "above_amount" else 0,
    ]
    fitting = [amount for amount in wanted if plan.min_minor <= amount <= plan.max_minor and amount > 0]
    return tuple(dict.fromkeys(fitting)) or (plan.min_minor,)
