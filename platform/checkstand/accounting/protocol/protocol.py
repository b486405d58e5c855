"""All packs together: flows by product and payment code, templates by their line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checkstand.accounting.protocol.errors import Place
from checkstand.accounting.protocol.notation import Amount
from checkstand.accounting.protocol.template import Template

Ways = Mapping[str, tuple[str, ...]]  # way → the templates posted, in order


@dataclass(frozen=True, slots=True)
class Move:
    """An event of a state table, and the ways in which it is booked."""

    table: str
    event: str
    source: str  # only from this state; empty for all
    ways: Ways
    place: Place


@dataclass(frozen=True, slots=True)
class Flow:
    """One pack."""

    flow_id: str
    names: Mapping[str, str]
    serves: tuple[tuple[str, str], ...]  # product code and payment code
    templates: tuple[str, ...]
    moves: tuple[Move, ...]
    paths: Mapping[str, tuple[str, ...]]  # where no state table leads: what is booked from beginning to end
    where: Mapping[str, Amount]
    place: Place


@dataclass(frozen=True, slots=True)
class Protocol:
    """What all packs say. Immutable, shared by every thread."""

    flows: Mapping[str, Flow]
    templates: Mapping[str, Template]

    def flow_of(self, product_code: str, payment_code: str) -> Flow | None:
        """The flow of a product that is paid in this way."""
        return next((flow for flow in self.flows.values() if (product_code, payment_code) in flow.serves), None)

    def lines_of(self, kind: str) -> tuple[Template, ...]:
        """The templates that book journals of this kind."""
        return tuple(each for each in self.templates.values() if each.kind == kind)


_current: list[Protocol] = []


def use(protocol: Protocol) -> None:
    """Post by these packs from now on; called once, when the platform is built."""
    _current[:] = [protocol]


def current() -> Protocol:
    """The packs in use: those of the product when nobody said otherwise."""
    if not _current:
        from checkstand.accounting.protocol.loading import load_packs

        use(load_packs())
    return _current[0]


def template(template_id: str) -> Template:
    """A template by its line, `J1.2`."""
    return (_current[0] if _current else current()).templates[template_id]
