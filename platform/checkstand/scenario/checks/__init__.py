"""What a document must fulfil beyond its shape, in the order in which mistakes are told.

Each check is a function of the document and of what is installed; the table says which parts of the
document it reads. A check runs only when those parts have the right shape, so that a misspelt word is
not reported a second time as a broken reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from checkstand.scenario.checks import (
    availability,
    conditions,
    experiments,
    forms,
    identifiers,
    languages,
    methods,
    money,
    references,
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
    (availability.not_available_yet,     ("flow", "composite", "risk", "settlement", "alerts")),
    (methods.installed,                  ("methods",)),
    (methods.routes,                     ("methods",)),
    (methods.terminals,                  ("methods", "terminals")),
    (methods.currency,                   ("methods", "amount_limits")),
    (methods.one_preselected,            ("methods",)),
    (money.limits,                       ("amount_limits", "form")),
    (money.recharge,                     ("mode", "methods", "form")),
    (references.rules,                   ("rules",)),
    (references.copy_texts,              ("consents", "disclosures", "copy", "locales")),
    (references.field_options,           ("fields",)),
    (languages.locales,                  ("locales",)),
    (languages.every_text,               ("locales", "metadata", "methods", "fields", "copy")),
    (forms.review,                       ("form",)),
    (forms.popup,                        ("form", "terminals", "embed")),
    (forms.regulatory,                   ("form", "terminals", "methods", "consents", "disclosures")),
    (times.durations,                    ("timeouts", "risk")),
    (urls.addresses,                     ("urls", "consents", "embed")),
    (theme.contrast,                     ("theme",)),
    (experiments.arms,                   ("experiments",)),
    (experiments.layers,                 ("experiments",)),
    (experiments.controls,               ("experiments",)),
    (experiments.settings,               ("experiments", "layers")),
    (conditions.compile_all,             ()),
)
# fmt: on


def check_meaning(document: Document, facts: Facts, broken: Iterable[Path] = ()) -> list[Finding]:
    """Run every check whose parts are not `broken` already."""
    parts = {str(path[0]) for path in broken if path}
    found: list[Finding] = []
    for check, reads in CHECKS:
        if not parts & set(reads):
            found += check(document, facts)
    return found
