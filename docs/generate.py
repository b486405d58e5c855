"""Writes the reference pages whose source is the code.

python docs/generate.py            write docs/reference/*.md
python docs/generate.py --check    say which page is out of date, and fail
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import click

import checkstand
import checkstand_admin
import checkstand_channels
import checkstand_shop
from checkstand.cli import COMMANDS, cli
from checkstand.infra.settings import Settings, variable
from checkstand.infra.webhooks import TYPES
from checkstand.kernel import CheckstandError
from checkstand.scenario.reference import messages_reference, scenario_reference
from checkstand.web.problems import STATUS

REFERENCE = Path(__file__).parent / "reference"
PACKAGES = (checkstand, checkstand_admin, checkstand_channels, checkstand_shop)
OURS = {package.__name__ for package in PACKAGES}
HEADER = "<!-- Written by `make docs` from the code; change it there. -->\n\n"


def error_classes() -> list[type[CheckstandError]]:
    """Every deliberate error that is ours, by code, whatever happens to be imported already."""
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations." not in module.name:  # Alembic runs these, nobody imports them
                importlib.import_module(module.name)
    ours = [each for each in _below(CheckstandError) if each.__module__.partition(".")[0] in OURS]
    return sorted(set(ours), key=lambda each: (each.code, each.__module__))


def errors_page() -> str:
    """One paragraph for each code that an answer or a command may show."""
    lines = [
        "# Errors\n",
        "Every refusal has a stable code, a sentence and a next step. The API answers with RFC 9457",
        "`application/problem+json`; the command line prints the same words and exits with 2.\n",
    ]
    for error in error_classes():
        lines.append(f"## `{error.code}`\n")
        lines.append(f"HTTP {STATUS[error.kind]}{', try again' if error.retryable else ''}. {error.message}\n")
        lines.append(f"**What to do.** {error.remedy}\n")
        why = (error.__doc__ or "").strip() if error.__doc__ != CheckstandError.__doc__ else ""
        if why:
            lines.append(" ".join(why.split()) + "\n")
    return "\n".join(lines)


def settings_page() -> str:
    """One row for each variable."""
    lines = [
        "# Settings\n",
        "Read once at the start from the environment.",
        "A value that cannot be used is an error that names the variable.\n",
        "| Variable | Default | What it is for |",
        "| --- | --- | --- |",
    ]
    for each in fields(Settings):
        names = " or ".join(f"`{name}`" for name in (variable(each.name), *each.metadata["also"]))
        default = (
            ""
            if each.default in ("", None, ())
            else f"`{str(each.default).lower() if each.type == 'bool' else each.default}`"
        )
        lines.append(f"| {names} | {default} | {each.metadata['help']} |")
    return "\n".join(lines) + "\n"


def webhooks_page() -> str:
    """What is told, and how to check that it was us."""
    lines = [
        "# Webhooks\n",
        "Checkstand tells a business unit what happened by [Standard Webhooks](https://www.standardwebhooks.com):",
        "one signed `POST` per fact, repeated for about 75 hours until it is answered with any 2xx.\n",
        "* Verify the signature before you read the body; every language has a library.",
        "* The same fact always comes with the same `webhook-id` and the same bytes. Keep the id, ignore repeats.",
        "* Facts may arrive in any order; `object_version` says which is newer.",
        "* Answer within 15 seconds. Redirects count as failures; `410 Gone` disables the endpoint.",
        "* In live mode the address must be https and public.\n",
        "| Type | Means |",
        "| --- | --- |",
        *(f"| `{name}` | {sentence} |" for name, sentence in TYPES.items()),
    ]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """The help of every command, as the terminal shows it."""
    lines = ["# Commands\n"]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        for path, each in _commands(command, f"checkstand {name}") if command else ():
            context = click.Context(each, info_name=path, terminal_width=100, **cli.context_settings)
            lines.append(f"## `{path}`\n\n```text\n{each.get_help(context)}\n```\n")
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "webhooks.md": webhooks_page,
    "commands.md": commands_page,
    "scenario.md": scenario_reference,
    "messages.md": messages_reference,
}


def outdated() -> list[str]:
    """The pages that differ from the code."""
    return [name for name, page in PAGES.items() if _read(REFERENCE / name) != HEADER + page()]


def main() -> None:
    if "--check" in sys.argv[1:]:
        stale = outdated()
        if stale:
            raise SystemExit(f"docs/reference: {', '.join(stale)} differ from the code; run `make docs`")
        return
    REFERENCE.mkdir(exist_ok=True)
    for name in outdated():
        (REFERENCE / name).write_text(HEADER + PAGES[name]())
        print(f"wrote docs/reference/{name}")


def _below(error: type[CheckstandError]) -> Iterator[type[CheckstandError]]:
    for each in error.__subclasses__():
        yield each
        yield from _below(each)


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _commands(each, f"{path} {name}")


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    main()
