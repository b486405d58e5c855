"""What a document must fulfil beyond its shape, in the order in which mistakes are told.

Each check is a function of the document and of what is installed; the table says which parts of the
document it reads. A check runs only when those parts have the right shape, so that a misspelt word is
not reported a second time as a broken reference. "methods.id" stands for the ids of the methods alone:
a rule that names a method is no second mistake while that method's id is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from checkstand.scenario.checks import (
    availability,
    composite,
    conditions,
    experiments,
    flows,
    forms,
    identifiers,
    languages,
    methods,
    money,
    references,
    settlement,
    theme,
    times,
    urls,
)
from checkstand.scenario.finding import Document, Facts, Finding
from checkstand.scenario.node import Path

Check = Callable[[Document, Facts], Iterator[Finding]]

# fmt: off
CHECKS: Final[tuple[tuple[Check, tuple[str, ...]], ...]] = (
    # check                              reads
    (identifiers.unique_ids,             ()),
    (availability.not_available_yet,     ("risk", "alerts")),
    (methods.installed,                  ("methods",)),
    (methods.routes,                     ("methods",)),
    (methods.terminals,                  ("methods", "terminals")),
    (methods.currency,                   ("methods", "amount_limits")),
    (methods.one_preselected,            ("methods",)),
    (money.limits,                       ("amount_limits", "form")),
    (money.recharge,                     ("mode", "methods", "form")),
    (flows.flow,                         ("mode", "flow")),
    (composite.combination,              ("composite", "methods", "mode", "flow")),
    (settlement.fee,                     ("settlement",)),
    (settlement.shares,                  ("mode", "settlement", "amount_limits")),
    (references.rules,                   ("rules", "methods.id")),
    (languages.locales,                  ("locales",)),
    (references.copy_texts,              ("consents", "disclosures", "copy", "locales")),
    (references.field_options,           ("fields",)),
    (languages.every_text,               ("locales", "metadata", "methods", "fields", "copy")),
    (forms.review,                       ("form",)),
    (forms.popup,                        ("form", "terminals", "embed")),
    (forms.regulatory,                   ("form", "terminals", "methods", "consents", "disclosures")),
    (times.durations,                    ("timeouts", "risk", "flow")),
    (urls.addresses,                     ("urls", "consents", "embed")),
    (theme.contrast,                     ("theme",)),
    (experiments.arms,                   ("experiments",)),
    (experiments.layers,                 ("experiments",)),
    (experiments.controls,               ("experiments",)),
    (experiments.settings,               ("experiments", "layers")),
    (conditions.compile_all,             ()),
)
# fmt: on

# What else rests on the answer of a check: of an id that is taken twice or of a language that does not exist,
# nothing further is told.
FOUNDATIONS: Final[Mapping[Check, frozenset[str]]] = {
    identifiers.unique_ids: frozenset(("methods.id",)),
    languages.locales: frozenset(("locales",)),
}


def check_meaning(document: Document, facts: Facts, broken: Iterable[Path] = ()) -> list[Finding]:
    """Run every check whose parts are not `broken` already."""
    parts = {part for path in broken for part in _parts(path)}
    found: list[Finding] = []
    for check, reads in CHECKS:
        if not parts & set(reads):
            told = list(check(document, facts))
            found += told
            parts |= FOUNDATIONS.get(check, frozenset()) & {part for finding in told for part in _parts(finding.path)}
    return found


def _parts(path: Path) -> Iterator[str]:
    if path:
        yield str(path[0])
    if path[:1] == ("methods",) and (len(path) == 2 or path[2:] == ("id",)):
        yield "methods.id"
