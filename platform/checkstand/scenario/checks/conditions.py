"""Every condition compiles."""

from __future__ import annotations

from collections.abc import Iterator

from checkstand.rule import MAX_LENGTH, RuleError
from checkstand.scenario.conditions import ConditionCompiler, conditions_in
from checkstand.scenario.finding import Document, Facts, Finding


def compile_all(document: Document, facts: Facts) -> Iterator[Finding]:
    """Compile each condition; the finding points at the wrong token."""
    compiler = ConditionCompiler(document, known_types=facts.method_types)
    for path, source in conditions_in(document):
        if len(source) > MAX_LENGTH:
            continue  # the schema has the same limit and has told it
        try:
            rule = compiler.compile(source, path)
        except RuleError as error:
            yield Finding(path, error.rule_code, error.detail, offset=error.offset)
            continue
        if path[0] == "experiments" and rule.names & {"method", "hour"}:
            message = "an experiment is assigned before the page is shown; it cannot depend on method or hour"
            yield Finding(path, "experiment.condition", message)
