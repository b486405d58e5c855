"""The process dies at every commit and every call of a payout; each payout number is paid at most once, and ends."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import World


class Killed(BaseException):
    """The process is gone: nobody catches this, nothing is cleaned up."""


class Death:
    """Kills at the n-th commit or call, before it happens or right after it."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.late, self.happened = 0, False, False
        commit, send = world.platform.poster.commit, world.send
        monkeypatch.setattr(world.platform.poster, "commit", lambda writes: self._through(lambda: commit(writes)))
        monkeypatch.setattr(world, "send", lambda *a, **k: self._through(lambda: send(*a, **k)))

    def at(self, step: int, *, late: bool) -> None:
        self.left, self.late, self.happened = step, late, False

    def _through(self, act: Any) -> Any:
        self.left -= 1
        if self.left != 0:
            return act()
        self.happened = True
        if self.late:
            act()
        raise Killed


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_every_step_of_a_payout_can_be_the_last_of_a_process(
    desk: Any, world: World, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    death, steps = Death(world, monkeypatch), 0
    for minor in range(1_000, 1_040):
        payout_id = desk.withdraw(minor)
        steps += 1
        death.at(steps, late=late)
        for _ in range(12):  # a day in leaps; whatever is leased by the dead process is free again after a leap
            try:
                world.clock.advance(seconds=50)
                world.jobs()
            except Killed:
                pass
        assert desk.status(payout_id) == "SUCCEEDED", (steps, late, desk.edges(payout_id))
        assert desk.paid()[payout_id] == minor
        if not death.happened:
            break
    assert steps > 8, "the steps were really reached"
    assert not death.happened, "and there were no more of them"
