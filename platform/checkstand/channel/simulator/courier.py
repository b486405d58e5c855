"""Carries notifications to the merchants, on the provider's schedule and the simulator's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx

from checkstand.channel.simulator.env import Deliver, SimClock
from checkstand.channel.simulator.model import Delivery, SimRefund
from checkstand.channel.simulator.state import SimState
from checkstand.kernel import CheckstandError

# The clock may be moved from outside, so the courier looks at it at least this often.
LOOK_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One notification as it goes over the wire."""

    headers: Mapping[str, str]
    body: bytes


class Courier:
    """One task per simulator; each sending is a task of its own, so a slow merchant delays nobody."""

    def __init__(
        self,
        state: SimState,
        clock: SimClock,
        deliver: Deliver,
        *,
        gaps_s: Sequence[int],
        compose: Callable[[Delivery], Awaitable[Outgoing]],
        acknowledged: Callable[[int, bytes], bool],
        finish_refund: Callable[[SimRefund], Awaitable[None]],
    ) -> None:
        self._state, self._clock, self._deliver = state, clock, deliver
        self._gaps_s = gaps_s
        self._compose, self._acknowledged, self._finish_refund = compose, acknowledged, finish_refund
        self._wake = asyncio.Event()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        # Before Python 3.12 `wait_for` can swallow a cancellation that races with its result, so say it twice.
        self._stopping = True
        self.wake()
        tasks = [task for task in (self._task, *self._sending.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self) -> None:
        """Look again now: something became due, or the clock was moved."""
        self._wake.set()

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            now = self._clock.now()
            for refund in [r for r in self._state.processing.values() if r.due_at and r.due_at <= now]:
                await self._finish_refund(refund)
            for delivery in [*self._state.pending.values()]:
                if delivery.due_at <= now and not delivery.held_for and delivery.id not in self._sending:
                    self._sending[delivery.id] = asyncio.get_running_loop().create_task(self._send(delivery))
            try:
                await asyncio.wait_for(self._wake.wait(), self._pause_s(now))
            except TimeoutError:
                continue

    def _pause_s(self, now: datetime) -> float:
        dues = [d.due_at for d in self._state.pending.values() if not d.held_for and d.id not in self._sending]
        dues += [r.due_at for r in self._state.processing.values() if r.due_at]
        return min([LOOK_S, *(max((due - now).total_seconds(), 0.005) for due in dues)])

    async def _send(self, delivery: Delivery) -> None:
        try:
            outgoing = await self._compose(delivery)
            status, body = await self._deliver(delivery.url, outgoing.headers, outgoing.body)
            arrived = self._acknowledged(status, body)
            delivery.last = str(status)
        except (CheckstandError, httpx.HTTPError, OSError, ValueError) as error:
            arrived, delivery.last = False, type(error).__name__
        finally:
            self._sending.pop(delivery.id, None)
        self._settle(delivery, arrived=arrived)
        self.wake()

    def _settle(self, delivery: Delivery, *, arrived: bool) -> None:
        delivery.sent += 1
        event = "notification.arrived" if arrived else "notification.failed"
        if delivery.tamper and arrived:
            event = "notification.tampered_one_was_believed"
        if delivery.tamper == "forged" or (arrived and not delivery.again):
            delivery.state = "done"
        elif arrived:
            delivery.again -= 1
            delivery.due_at = self._clock.now()
        elif delivery.failures >= len(self._gaps_s):
            delivery.state = "given_up"
        else:
            delivery.due_at = self._clock.now() + timedelta(seconds=self._gaps_s[delivery.failures])
            delivery.failures += 1
        delivery.tamper = ""
        self._state.note(event, delivery)
        if arrived:
            self._release(delivery)

    def _release(self, delivery: Delivery) -> None:
        """Let go what waited for this one, so that it arrives out of order."""
        for held in self._state.pending.values():
            if held.held_for == delivery.kind and (held.merchant, held.order) == (delivery.merchant, delivery.order):
                held.held_for = ""
                held.due_at = self._clock.now()
