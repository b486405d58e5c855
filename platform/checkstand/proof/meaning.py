"""What a plan means for an order, said once and read twice: as formulas, and of one order.

`terms` decides which. With `Formulas` each answer is a formula of Z3 over every order at once; with `Evaluated`
each is true or false for one order, asked of the CEL interpreter itself. A finding is a claim over a `Meaning`:
the solver looks for an order for which its formula holds, and the same claim is then evaluated for that order.
What is said here about methods is what `scenario.rules` and `cashier.methods` do; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from checkstand.proof.facts import ChannelFacts, Installed
from checkstand.proof.model import Value
from checkstand.rule import Context, Rule
from checkstand.rule.encode import Encoder
from checkstand.rule.logic import both, either, negated
from checkstand.scenario.plan import MethodPlan, Plan, RoutePlan, RulePlan
from checkstand.scenario.rules import RISK_EFFECTS

BALANCE: Final = "balance"  # a payment from the shopper's own balance, which not every shopper has
HIDING: Final = ("hide", "require")


class Terms(Protocol):
    """How the smallest statements about an order are made."""

    def holds(self, condition: Rule, method_type: str) -> Any: ...
    def terminal(self, name: str) -> Any: ...
    def amount_between(self, low: int, high: int) -> Any: ...
    def known_shopper(self) -> Any: ...


class Formulas:
    """Statements about every order, over the declarations of one encoder."""

    def __init__(self, encoder: Encoder, currency: str) -> None:
        self._encoder, self._currency = encoder, currency

    def holds(self, condition: Rule, method_type: str) -> Any:
        return both(*self.parts(condition, method_type))

    def parts(self, condition: Rule, method_type: str) -> list[Any]:
        """The formulas that all have to hold for the condition to hold."""
        return self._encoder.parts(condition, {"method": method_type, "currency": self._currency})

    def terminal(self, name: str) -> Any:
        return self._encoder.has("terminal", name)

    def amount_between(self, low: int, high: int) -> Any:
        amount = self._encoder.number("amount")
        return both(amount >= low, amount <= high)

    def known_shopper(self) -> Any:
        return negated(self._encoder.has("shopper.id", ""))


class Evaluated:
    """Statements about one order, as the interpreter answers them."""

    def __init__(self, order: Mapping[str, Value]) -> None:
        self._order = order

    def holds(self, condition: Rule, method_type: str) -> bool:
        return condition.evaluate(Context({**self._order, "method": method_type}))

    def terminal(self, name: str) -> bool:
        return self._order["terminal"] == name

    def amount_between(self, low: int, high: int) -> bool:
        return low <= int(self._order["amount"]) <= high

    def known_shopper(self) -> bool:
        return self._order["shopper.id"] != ""


class Meaning:
    """One plan over one kind of terms."""

    def __init__(self, plan: Plan, installed: Installed, terms: Terms, targeting: Iterable[Rule] = ()) -> None:
        self.plan, self.installed, self.terms = plan, installed, terms
        self._targeting = tuple(targeting)
        self._known: dict[tuple[str, str, str], Any] = {}

    def inside(self) -> Any:
        """The order can be created: limits, terminals, and the shoppers whom a variation is for."""
        plan = self.plan
        parts = [
            self.terms.amount_between(plan.min_minor, plan.max_minor),
            either(*(self.terms.terminal(name) for name in plan.terminals)),
            *(self.terms.holds(condition, "") for condition in self._targeting),
        ]
        return both(*parts, *([self.terms.known_shopper()] if plan.mode == "recharge" else []))

    # ── methods ─────────────────────────────────────────────────────────────────────────────────

    def listed(self, method: MethodPlan) -> Any:
        """The method takes the currency, works on the terminal, and its own condition holds."""
        channels = [self.installed.channels[name] for name in self.installed.serving(method.type)]
        if all(self.plan.currency not in channel.currencies for channel in channels):
            return False
        terminals = {name for channel in channels for name in channel.terminals[method.type]}
        on_terminal = either(*(self.terms.terminal(name) for name in self.plan.terminals if name in terminals))
        if method.type == BALANCE and self.plan.mode == "recharge":
            return False
        return both(on_terminal, True if method.when is None else self.terms.holds(method.when, method.type))

    def shown(self, method: MethodPlan) -> Any:
        """The shopper sees the method."""
        return self._once("shown", method.id, "", lambda: both(self.listed(method), negated(self.hidden(method))))

    def hidden(self, method: MethodPlan, besides: RulePlan | None = None) -> Any:
        """Some rule (other than `besides`) keeps the method off the page."""
        hiding = [rule for rule in self.plan.rules if rule.effect in HIDING and rule is not besides]
        return either(*(self.acts(rule, method) for rule in hiding))

    def blocked(self, method: MethodPlan) -> Any:
        """A rule refuses this method and not the whole order."""
        return either(
            *(self.acts(rule, method) for rule in self._enforced("block") if not self._refuses_everything(rule))
        )

    def takes_away(self, rule: RulePlan, method: MethodPlan) -> Any:
        """Because of this rule the method cannot be used, and the order is not refused as a whole."""
        if rule.effect == "block" and (self._refuses_everything(rule) or self.plan.risk.mode != "enforce"):
            return False
        return self.acts(rule, method) if rule.effect in (*HIDING, "block") else False

    def refused(self) -> Any:
        """A rule refuses the order on purpose, whatever the method."""
        rules = [rule for rule in self._enforced("block") if self._refuses_everything(rule)]
        return either(*(both(*(self.acts(rule, method) for method in self.plan.methods)) for rule in rules))

    def served(self, method: MethodPlan) -> Any:
        """Some open route of the method can take the payment."""
        return either(*(both(self.open(route, method), self.takes(route, method)) for route in method.routes))

    def payable(self, method: MethodPlan) -> Any:
        """The shopper sees the method and can pay with it."""
        return self._once("payable", method.id, "", lambda: both(self.chosen(method), self.served(method)))

    def chosen(self, method: MethodPlan) -> Any:
        """The shopper sees the method and no rule refuses it."""
        return both(self.shown(method), negated(self.blocked(method)))

    def answered(self, methods: Iterable[MethodPlan]) -> Any:
        """One of these methods can be paid with, or the order is refused on purpose."""
        return either(self.refused(), *(self.payable(method) for method in methods))

    # ── routes ──────────────────────────────────────────────────────────────────────────────────

    def open(self, route: RoutePlan, method: MethodPlan) -> Any:
        """The route's condition holds, and its weight lets it be drawn."""
        if method.strategy == "weighted" and route.weight <= 0:
            return False
        return True if route.when is None else self.terms.holds(route.when, method.type)

    def asked_first(self, route: RoutePlan, method: MethodPlan) -> Any:
        """The payment begins at this route; of weighted routes each open one may be drawn."""
        if method.strategy == "weighted":
            return self.open(route, method)
        before = method.routes[: method.routes.index(route)]
        return both(self.open(route, method), *(negated(self.open(other, method)) for other in before))

    def takes(self, route: RoutePlan, method: MethodPlan) -> Any:
        """The route's channel can take the payment: terminal, currency, amount."""
        channel = self.installed.channels[route.channel]
        return both(self.takes_terminal(channel, method.type), self.takes_currency(channel), self.takes_amount(channel))

    def takes_terminal(self, channel: ChannelFacts, method_type: str) -> Any:
        served = channel.terminals.get(method_type, frozenset())
        return either(*(self.terms.terminal(name) for name in self.plan.terminals if name in served))

    def takes_currency(self, channel: ChannelFacts) -> bool:
        return self.plan.currency in channel.currencies

    def takes_amount(self, channel: ChannelFacts) -> Any:
        limits = channel.limits.get(self.plan.currency)
        if limits is None or (limits[0] <= self.plan.min_minor and self.plan.max_minor <= limits[1]):
            return True
        return self.terms.amount_between(*limits)

    # ── rules ───────────────────────────────────────────────────────────────────────────────────

    def rules(self) -> tuple[RulePlan, ...]:
        """The rules that are asked at all."""
        return tuple(r for r in self.plan.rules if r.effect not in RISK_EFFECTS or self.plan.risk.mode != "off")

    def acts(self, rule: RulePlan, method: MethodPlan) -> Any:
        """The rule has its effect on this method; `require` has it on the methods that it does not name."""
        if rule.effect != "require":
            return self.holds(rule, method)
        return self._once("acts", rule.id, method.id, lambda: both(self.fires(rule), negated(self.holds(rule, method))))

    def fires(self, rule: RulePlan) -> Any:
        """The rule's condition holds for some method that it names."""
        return self._once("fires", rule.id, "", lambda: either(*(self.holds(rule, m) for m in self.plan.methods)))

    def holds(self, rule: RulePlan, method: MethodPlan) -> Any:
        """The rule names the method, and its condition holds for it."""
        if rule.applies_to and method.id not in rule.applies_to:
            return False
        return self._once("holds", rule.id, method.id, lambda: self.terms.holds(rule.when, method.type))

    def _enforced(self, effect: str) -> list[RulePlan]:
        return [rule for rule in self.plan.rules if rule.effect == effect and self.plan.risk.mode == "enforce"]

    def _refuses_everything(self, rule: RulePlan) -> bool:
        return not rule.applies_to or {method.id for method in self.plan.methods} <= set(rule.applies_to)

    def _once(self, what: str, one: str, other: str, make: Any) -> Any:
        key = (what, one, other)
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]
