"""The plan: a scenario validated, merged and compiled. Immutable; it alone serves requests.

`content_hash` is the version that sessions pin: SHA-256 over the canonical document after `extends`
was applied. Durations are whole seconds, amounts minor units, texts maps from locale to words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkstand.rule import Rule  # a compiled, type-checked condition with its source text

Texts = Mapping[str, str]  # locale → text


@dataclass(frozen=True, slots=True)
class RoutePlan:
    channel: str
    weight: int = 1
    when: Rule | None = None


@dataclass(frozen=True, slots=True)
class MethodPlan:
    id: str
    type: str  # a payment method type that some channel's manifest declares
    display: str  # instant | regular | folded
    order: int
    preselect: bool
    fallback: bool
    when: Rule | None
    strategy: str  # priority | weighted | rules
    routes: tuple[RoutePlan, ...]  # at least one
    failover: bool
    label: Texts  # overrides the manifest's name; may be empty
    hint: Texts


@dataclass(frozen=True, slots=True)
class FieldPlan:
    id: str
    type: str  # text | email | phone | select | checkbox | id_number | real_name
    label: Texts
    hint: Texts
    collect: str  # required | optional
    options: tuple[tuple[str, Texts], ...]
    when: Rule | None
    max_length: int


@dataclass(frozen=True, slots=True)
class ConsentPlan:
    id: str
    text_ref: str  # copy key without the `copy.` prefix
    required: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class RulePlan:
    id: str
    effect: str  # hide | require | challenge | block | review | note
    applies_to: tuple[str, ...]  # method ids; empty means every method
    when: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class VelocityPlan:
    id: str
    key: str  # a declared variable, e.g. shopper.id
    window_s: int
    max_count: int
    effect: str  # challenge | block | review | note


@dataclass(frozen=True, slots=True)
class RiskPlan:
    mode: str  # enforce | shadow | off
    velocity: tuple[VelocityPlan, ...]


@dataclass(frozen=True, slots=True)
class VariationPlan:
    id: str
    weight: float
    patch: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    id: str
    layer: str
    range: tuple[float, float]
    unit: str  # shopper | device | session
    fallback_unit: str | None
    when: Rule | None
    variations: tuple[VariationPlan, ...]
    goal_metric: str
    guardrail_metrics: tuple[str, ...]
    coverage: float = 1.0  # share of the range that takes part
    holdout: float = 0.0  # share of the layer that takes part in none of its experiments
    secondary_metrics: tuple[str, ...] = ()
    guardrail_margin: float = 0.1  # relative to control: how much worse still counts as not worse
    min_duration_s: int = 7 * 86_400  # the verdict waits this long

    @property
    def control(self) -> VariationPlan:
        """The first arm: the checkout as it is without the experiment."""
        return self.variations[0]


@dataclass(frozen=True, slots=True)
class FormPlan:
    type: str  # full_screen | popup | mobile_site | regulatory
    per_terminal: Mapping[str, str]
    review_step: str  # never | always | above_amount
    review_above: int
    submit_type: str  # pay | book | donate | recharge

    def for_terminal(self, terminal: str) -> str:
        return self.per_terminal.get(terminal, self.type)

    def needs_review(self, amount_minor: int) -> bool:
        return self.review_step == "always" or (self.review_step == "above_amount" and amount_minor > self.review_above)


@dataclass(frozen=True, slots=True)
class CompositePlan:
    """Whether internal methods may pay a part of an order while one external method pays the rest."""

    allow: bool = False
    internal_first: tuple[str, ...] = ()  # method types, in the order in which they are used up
    max_external_legs: int = 1

    def offers(self, method_type: str) -> bool:
        return self.allow and method_type in self.internal_first


@dataclass(frozen=True, slots=True)
class ThemePlan:
    base: str  # auto | light | dark
    tokens: Mapping[str, str | int]  # checked names and contrast
    logo: str | None


@dataclass(frozen=True, slots=True)
class Timeouts:
    session_s: int
    pay_s: int
    waiting_poll_s: int
    poll_backoff_after_s: int
    poll_slow_s: int


@dataclass(frozen=True, slots=True)
class FeePlan:
    rate_ppm: int
    min_minor: int
    bearer: str  # merchant | shared
    max_minor: int | None = None
    timing: str = "pay"  # pay | settle
    rounding: str = "half_even"


@dataclass(frozen=True, slots=True)
class SplitPlan:
    id: str
    member: str  # a member's id, or the business unit's own number for it
    rate_ppm: int = 0  # of the amount; either this …
    amount_minor: int = 0  # … or a fixed amount


@dataclass(frozen=True, slots=True)
class Plan:
    scenario_id: str
    content_hash: str
    owner: str
    name: Texts
    description: Texts
    labels: Mapping[str, str]
    mode: str  # payment | recharge
    flow: str  # instant | escrow | preauth
    terminals: tuple[str, ...]
    form: FormPlan
    currency: str
    min_minor: int
    max_minor: int
    methods: tuple[MethodPlan, ...]  # by order, then id
    fields: tuple[FieldPlan, ...]
    consents: tuple[ConsentPlan, ...]
    rules: tuple[RulePlan, ...]
    risk: RiskPlan
    experiments: tuple[ExperimentPlan, ...]
    theme: ThemePlan
    default_locale: str
    locales: tuple[str, ...]
    copy: Mapping[str, Mapping[str, str]]  # locale → key → text
    timeouts: Timeouts
    return_url: str | None
    notify_url: str | None
    late_success: str  # refund | accept | hold
    settlement_cycle: str
    fee: FeePlan
    allowed_origins: tuple[str, ...]
    disclosures: tuple[str, ...]  # copy keys that a regulatory form must show
    budget_first_load_bytes: int
    document: Mapping[str, Any]  # the merged source document, canonical
    splits: tuple[SplitPlan, ...] = ()
    # How long each step of the flow may take: ship_within_s, confirm_within_s, capture_within_s, and who captures.
    terms: Mapping[str, Any] = field(default_factory=dict)
    composite: CompositePlan = CompositePlan()
    # Method type → the channels that serve it, as they were when the plan was compiled.
    channels: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    def method(self, method_id: str) -> MethodPlan | None:
        return next((method for method in self.methods if method.id == method_id), None)
