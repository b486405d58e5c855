"""A bar where somebody looks and has to wait, and nothing in a pipe."""

from __future__ import annotations

import io
import sys

import pytest

from checkstand.cli import scenario


class Terminal(io.StringIO):
    """Standard error of a person, or of a script."""

    def __init__(self, watched: bool) -> None:
        super().__init__()
        self._watched = watched

    def isatty(self) -> bool:
        return self._watched


@pytest.mark.parametrize(("watched", "files", "shown"), [(True, 40, True), (True, 3, False), (False, 40, False)])
def test_a_bar_is_for_people_who_wait(monkeypatch: pytest.MonkeyPatch, watched: bool, files: int, shown: bool) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal(watched)
    monkeypatch.setattr(sys, "stderr", stream)
    with scenario._progress("checking", files) as advance:
        for _file in range(files):
            advance(1)

    assert ("checking" in stream.getvalue(), f"{files}/{files}" in stream.getvalue()) == (shown, shown)
