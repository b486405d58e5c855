"""Every code a finding may have, with what to do about it and a message that it gave: texts/messages.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from checkstand.infra.yaml_text import load_yaml

_FILE: Final = Path(__file__).parent / "texts" / "messages.yaml"


@dataclass(frozen=True, slots=True)
class Message:
    """One code. `example` is a message as it was said; only what no file can provoke has none."""

    code: str
    section: str
    remedy: str
    example: str = ""


@cache
def messages() -> Mapping[str, Message]:
    """All of them, in the order of the file."""
    sections = load_yaml(_FILE.read_text(encoding="utf-8"))
    return {code: Message(code, section, **told) for section, codes in sections.items() for code, told in codes.items()}


def remedy_of(code: str) -> str:
    """What to do about a finding that does not say it itself; empty for a code of another component."""
    known = messages().get(code)
    return known.remedy if known else ""
