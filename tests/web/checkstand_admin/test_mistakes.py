"""What is wrong with a scenario, said in the reader's language."""

import ast
import re
from pathlib import Path

import pytest
from tests.web.checkstand_admin.conftest import UNIT

from checkstand import proof, rule, scenario
from checkstand.app.edit_draft import find_draft
from checkstand.rule import VARIABLES
from checkstand_admin.console import FOLDER
from checkstand_admin.texts import Texts

BOOKS = f"/admin/u/{UNIT}/test/studio/books"
SOURCES = [
    Path(scenario.__file__).parent / name for name in ("check.py", "shape.py", "read.py", "load.py", "bases.py")
] + [
    *sorted((Path(scenario.__file__).parent / "checks").glob("*.py")),
    *sorted(Path(proof.__file__).parent.glob("*.py")),
    *(Path(rule.__file__).parent / name for name in ("check.py", "wording.py", "compile.py")),
]


def codes():
    """Every constant of the validator that is written like a code."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", text) and text not in VARIABLES:
                yield text


def test_every_code_of_the_validator_has_a_sentence():
    sentences = Texts(FOLDER).sentences
    missing = {code for code in codes() if f"mistakes.{code}" not in sentences} - {"metadata.id", "methods.id"}

    assert len(set(codes())) > 80
    assert not missing, "write them in admin_ui/checkstand_admin/_mistakes/texts.yaml"


@pytest.mark.parametrize(("locale", "shown"), [("en", False), ("zh-CN", True)])
def test_a_reader_of_chinese_is_told_the_kind_of_mistake_before_the_exact_message(person, platform, locale, shown):
    owner = person("owner")
    owner.post(f"/admin/u/{UNIT}/test/studio/_gallery", template="mall-order", scenario_id="books")
    owner.post("/admin/locale", locale=locale, next=BOOKS)
    draft = find_draft(platform, UNIT, "books")
    source = draft.source.replace("per_terminal: {h5: mobile_site}", "per_terminal: {h5: <b>site}")
    owner.post(BOOKS, source=source, revision=str(draft.revision), do="save")

    for page in (owner.get(BOOKS), owner.get(BOOKS.replace("studio", "publishing")), owner.get(f"{BOOKS}/preview")):
        assert ("没有此取值。" in page.text) == shown
        assert "unknown" in page.text
        assert "<b>site" not in page.text
