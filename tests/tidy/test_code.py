"""Facts about the code itself."""

import ast
import importlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import click
import pytest

from checkstand.cli import COMMANDS, cli
from checkstand.kernel import CheckstandError

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("platform/checkstand", "platform/checkstand_shop", "channels/checkstand_channels")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEXT = {".py", ".md", ".yaml", ".html", ".css", ".js", ".toml", ""}
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
WRITTEN = [Path(name) for name in TRACKED if Path(name).suffix in TEXT and Path(name).name != "LICENSE"]

LONGEST = 350  # a ratchet: what is small stays small
# Words that say nothing, or belong to a workshop and not to a product.
FORBIDDEN = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|HA" r"CK)\b|\bNotImplemented" r"Error\b|(?i:lorem ip" r"sum)")


def named(path):
    return str(path.relative_to(ROOT)) if path.is_absolute() else str(path)


def test_importing_platform_still_finds_pythons_own():
    found = subprocess.run(
        [sys.executable, "-c", "import platform; print(platform.python_version())"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert found.stdout.startswith("3.")
    assert not (ROOT / "platform" / "__init__.py").exists()


@pytest.mark.parametrize("path", [path for path in MODULES if "migrations" not in path.parts], ids=named)
def test_no_module_has_grown_out_of_one_head(path):
    assert len(path.read_text().splitlines()) <= LONGEST, "split it by what it is about"


@pytest.mark.parametrize("path", [path for path in MODULES if path.stat().st_size], ids=named)
def test_every_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text())), "begin with one sentence"


@pytest.mark.parametrize("path", [path for path in WRITTEN if (ROOT / path).is_file()], ids=named)
def test_nothing_is_left_for_later(path):
    if "vendor" in path.parts or path == Path("tests/tidy/test_code.py"):
        return
    found = FORBIDDEN.search((ROOT / path).read_text(errors="replace"))

    assert found is None, f"{found} in {path}"


def test_every_command_is_where_the_table_says():
    missing = [name for name in COMMANDS if not isinstance(cli.get_command(click.Context(cli), name), click.Command)]

    assert missing == []


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from checkstand.cli import cli; cli.main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    modules = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert "checkstand.app" not in modules
    assert "sqlalchemy" not in modules


def test_the_kernel_knows_the_standard_library_only():
    known = {*sys.stdlib_module_names, "checkstand"}
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0]
        for path in (ROOT / "platform/checkstand/kernel").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert imported - known == set()


@pytest.fixture(scope="module")
def errors():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        return importlib.import_module("generate").error_classes()
    finally:
        sys.path.remove(str(ROOT / "docs"))


def test_no_two_errors_share_a_code(errors):
    shared = [code for code, times in Counter(error.code for error in errors).items() if times > 1]

    assert shared == []


def test_every_error_says_what_to_do(errors):
    base = CheckstandError
    silent = [
        each.__name__
        for each in errors
        if base.code == each.code or base.message == each.message or base.remedy == each.remedy
    ]

    assert silent == []


def test_an_error_code_names_its_component_and_the_problem(errors):
    odd = [error.code for error in errors if not re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", error.code)]

    assert odd == []


def test_messages_are_sentences(errors):
    said = [(error.code, sentence) for error in errors for sentence in (error.message, error.remedy)]

    assert [(code, sentence) for code, sentence in said if sentence[0].islower() or sentence[-1] not in ".!?"] == []
