"""A platform of some weeks ago for the demo's history: its clock stands, its channels answer from a script."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from checkstand.accounting import Poster, WriteSet
from checkstand.app.platform import Platform
from checkstand.channel import Registry
from checkstand.channel.breaker import CircuitBreaker
from checkstand.channel.port import Adapter, Answer, AttemptRef, ChannelHttp, Outcome, PayInstruction, RefundInstruction
from checkstand.channel.registry import Channel
from checkstand.infra.jobs import OWNER, Job
from checkstand.infra.jobs import job as job_table
from checkstand.infra.ops import Insert, Op
from checkstand.kernel import FrozenClock, new_id

NEXT_ROUND: Final = timedelta(days=1)  # as often as an old question is asked


@dataclass(frozen=True, slots=True)
class Scripted:
    """A channel that says the same whenever it is asked. Verbs that no order of the past needs are absent."""

    first: Outcome
    reason: str | None
    channel_no: str

    def pay(self, _instruction: PayInstruction, _http: ChannelHttp) -> Answer:
        known = self.first == Outcome.ACCEPTED
        return Answer(self.first, channel_no=self.channel_no if known else None, reason=self.reason)

    def query(self, _ref: AttemptRef, _http: ChannelHttp) -> Answer:
        return Answer(Outcome.ACCEPTED, channel_no=self.channel_no)

    def close(self, _ref: AttemptRef, _http: ChannelHttp) -> Answer:
        return Answer(Outcome.CLOSED)

    def refund(self, instruction: RefundInstruction, _http: ChannelHttp) -> Answer:
        return Answer(Outcome.SUCCEEDED, amount=instruction.amount, paid_at=instruction.now)


class Past:
    """One order's view of the platform. `tells` delivers its webhooks, with `now` as the present."""

    def __init__(
        self, platform: Platform, at: datetime, chance: random.Random, script: Scripted, *, now: datetime, tells: bool
    ) -> None:
        self.clock = FrozenClock(at)
        self.chance = chance
        self.platform = replace(
            platform,
            clock=self.clock,
            poster=cast("Poster", _Poster(platform.poster, now, tells=tells)),
            registry=_registry(platform.registry, script),
            breaker=CircuitBreaker(),
            jobs=None,
        )

    def advance(self, least_s: int, most_s: int) -> datetime:
        """Some time passes."""
        return self.clock.advance(seconds=self.chance.randint(least_s, most_s))

    def wait_until(self, at: datetime) -> None:
        self.clock.advance(seconds=max(0.0, (at - self.clock.now()).total_seconds()))

    def job(self, tenant_id: str, kind: str, **payload: Any) -> Job:
        """What a timer hands to its handler."""
        return Job(tenant_id, new_id("job"), kind, new_id("job"), payload, self.clock.now(), 1, OWNER)


class _Scripted(Registry):
    """The installed channels with a script in place of each adapter."""

    def __init__(self, channels: Iterable[Channel], script: Scripted) -> None:
        super().__init__({channel.manifest.name: channel for channel in channels})
        for channel in self.channels():
            if not channel.manifest.internal:
                # `adapter` is a cached property: what stands in the instance is what is told.
                vars(channel)["adapter"] = cast("Adapter", script)


def _registry(registry: Registry, script: Scripted) -> Registry:
    return _Scripted([Channel(channel.manifest, channel.package) for channel in registry.channels()], script)


class _Poster:
    """The real poster with other timers: the simulators know nothing of these orders and are not asked now.

    A timer still stands, a day away. It finds nothing to do, unless the demo was killed in the middle of an
    order: then it brings that order to an end.
    """

    def __init__(self, poster: Poster, now: datetime, *, tells: bool) -> None:
        self._poster = poster
        self._now = now
        self._tells = tells

    def commit(self, write_set: WriteSet) -> None:
        self._poster.commit(replace(write_set, ops=[op for each in write_set.ops for op in self._kept(each)]))

    def submit(self, write_set: WriteSet) -> None:
        """A page's own statistics; in the past there is time to wait for them."""
        self.commit(write_set)

    def _kept(self, op: Op) -> list[Op]:
        if not isinstance(op, Insert) or op.table is not job_table:
            return [op]
        webhook = op.values["kind"] == "webhook.fan_out"
        if webhook and not self._tells:
            return []
        due_at = self._now if webhook else self._now + NEXT_ROUND
        values: Mapping[str, Any] = {**op.values, "due_at": due_at, "lease_until": None, "lease_owner": None}
        return [replace(op, values=values)]
