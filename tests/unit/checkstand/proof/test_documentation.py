"""What the documentation says about conditions and proofs is what happens."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml
import z3
from tests.unit.checkstand.proof.doc_channels import CHANNELS
from tests.unit.checkstand.scenario.example import document

from checkstand import proof
from checkstand.proof import order_words
from checkstand.proof.prove import prove
from checkstand.rule import RuleError, compile_rule
from checkstand.rule.encode import Encoder

DOCS = Path(__file__).parents[4] / "docs"
PROOF = (DOCS / "explanations" / "proof.md").read_text(encoding="utf-8")
RULES = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(
    r"^### `(proof\.\w+)`\n\n(Error|Warning)\. .+?```yaml\n(.+?)```\n\n```text\n(.+?)\nfor example: (.+?)\n```",
    PROOF,
    re.DOTALL | re.MULTILINE,
)
INSIDE = re.findall(r"^\| [^|`]+ \| `(.+)` \|$", RULES.partition("## Outside")[0], re.MULTILINE)
OUTSIDE = re.findall(r"^\| .+? \| `(.+)` \| (.+) \|$", RULES.partition("## Outside")[2], re.MULTILINE)


@pytest.mark.parametrize(
    ("code", "severity", "parts", "message", "order"), EXAMPLES, ids=[each[0] for each in EXAMPLES]
)
def test_an_example_of_a_finding_is_what_the_proof_says(
    code: str, severity: str, parts: str, message: str, order: str
) -> None:
    (finding,) = (each for each in prove(document(**yaml.safe_load(parts)), CHANNELS) if each.code == code)

    assert (finding.severity, finding.message) == (severity.lower(), message)
    assert finding.witness is not None
    assert order_words(finding.witness) == order


def test_every_finding_is_explained() -> None:
    codes = {
        node.value
        for path in Path(proof.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"proof\.[a-z_]+", node.value)
    }

    assert len(codes) > 18
    assert codes == set(re.findall(r"^### `(proof\.\w+)`$", PROOF, re.MULTILINE))


@pytest.mark.parametrize("source", INSIDE)
def test_what_is_said_to_be_proven_has_a_formula(source: str) -> None:
    rule = compile_rule(source.replace("\\|", "|"))

    assert isinstance(Encoder([rule]).condition(rule), z3.BoolRef)


@pytest.mark.parametrize(("source", "sentence"), OUTSIDE)
def test_what_is_said_to_be_refused_is_refused_in_these_words(source: str, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        compile_rule(source.replace("\\|", "|"))

    assert refused.value.detail == sentence
    assert "^" in refused.value.caret()


def test_the_pages_have_the_examples_that_these_tests_read() -> None:
    assert (len(EXAMPLES), len(INSIDE), len(OUTSIDE)) == (19, 8, 12)
