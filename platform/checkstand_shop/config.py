"""What the storefront is told at its start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ScenarioCard:
    """One checkout to try: the public facts about a scenario that a merchant knows anyway."""

    id: str
    name: Mapping[str, str]  # locale → words
    description: Mapping[str, str]
    form: str
    terminals: tuple[str, ...]
    locales: tuple[str, ...]
    currency: str
    amounts: tuple[int, ...]  # presets in minor units, inside the scenario's limits
    category: str = ""


@dataclass(frozen=True, slots=True)
class ShopConfig:
    """`base_url` is the platform's; the storefront itself is at `shop_url` + `prefix`."""

    base_url: str
    api_key: str
    webhook_secret: str
    db_path: Path
    scenarios: tuple[ScenarioCard, ...] = ()
    prefix: str = "/shop"
    shop_url: str = ""  # scheme, host and port of the storefront; default: the platform's

    @property
    def home(self) -> str:
        return (self.shop_url or self.base_url) + self.prefix

    def card(self, scenario_id: str) -> ScenarioCard | None:
        return next((card for card in self.scenarios if card.id == scenario_id), None)

    def default_card(self) -> ScenarioCard | None:
        """The scenario that the catalogue sells by: the mall order, or whatever there is."""
        return self.card("mall-order") or next(iter(self.scenarios), None)

    def popup_card(self) -> ScenarioCard | None:
        return next((card for card in self.scenarios if card.form == "popup"), None)
