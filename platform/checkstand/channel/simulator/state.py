"""A simulator's memory: changed first, then written down, then told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from checkstand.channel.simulator.env import SimClock
from checkstand.channel.simulator.model import Delivery, Record, SimOrder, SimRefund
from checkstand.channel.simulator.truth import TruthLog

UNDER_WAY: Final = ("processing", "abnormal")


class SimState:
    """Orders, refunds and notifications of one channel, over all merchants."""

    def __init__(self, log: TruthLog, clock: SimClock) -> None:
        self._log = log
        self._clock = clock
        self._seq = 0
        self.orders: dict[tuple[str, str], SimOrder] = {}
        self.by_token: dict[str, SimOrder] = {}
        self.by_channel_no: dict[tuple[str, str], SimOrder] = {}
        self.refunds: dict[tuple[str, str], list[SimRefund]] = defaultdict(list)
        self.processing: dict[tuple[str, str, str], SimRefund] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.pending: dict[str, Delivery] = {}

    def restore(self) -> None:
        """Read the truth log from the beginning; afterwards everything is as it was acknowledged."""
        decoder = msgspec.json.Decoder(Record)
        for line in self._log.read(repair=True):
            record = decoder.decode(line)
            self._seq = record.seq
            if record.clock_offset_s is not None:
                self._clock.offset_s = record.clock_offset_s
            self._keep(record)

    async def commit(
        self,
        event: str,
        *,
        order: SimOrder | None = None,
        orders: Sequence[SimOrder] = (),
        refund: SimRefund | None = None,
        deliveries: Sequence[Delivery] = (),
        clock_offset_s: float | None = None,
    ) -> None:
        """Remember the objects as they are now and return when the record is durable.

        Callers change an object and call this without an `await` in between, so memory and log
        always tell the same story.
        """
        line = self._line(event, order, refund, deliveries, clock_offset_s, orders)
        await self._log.append(line)

    def note(self, event: str, delivery: Delivery) -> None:
        """Remember how a sending went; repeating it after a crash is harmless."""
        self._log.note(self._line(event, None, None, (delivery,), None))

    def refund(self, merchant: str, order: str, number: str) -> SimRefund | None:
        return next((refund for refund in self.refunds[merchant, order] if refund.number == number), None)

    def given_back(self, order: SimOrder, *, also_processing: bool = True) -> int:
        """Minor units refunded so far, with what is on its way unless told otherwise."""
        states = ("success", *UNDER_WAY) if also_processing else ("success",)
        return sum(refund.amount_minor for refund in self.refunds[order.key] if refund.state in states)

    def _line(
        self,
        event: str,
        order: SimOrder | None,
        refund: SimRefund | None,
        deliveries: Sequence[Delivery],
        clock_offset_s: float | None,
        orders: Sequence[SimOrder] = (),
    ) -> bytes:
        self._seq += 1
        record = Record(
            seq=self._seq,
            at=self._clock.now(),
            event=event,
            order=order,
            orders=list(orders),
            refund=refund,
            deliveries=list(deliveries),
            clock_offset_s=clock_offset_s,
        )
        self._keep(record)
        return msgspec.json.encode(record)

    def _keep(self, record: Record) -> None:
        for order in [*([record.order] if record.order else []), *record.orders]:
            self.orders[order.key] = order
            self.by_token[order.token] = order
            if order.channel_no:
                self.by_channel_no[order.merchant, order.channel_no] = order
        if refund := record.refund:
            siblings = self.refunds[refund.merchant, refund.order]
            siblings[:] = [*(other for other in siblings if other.number != refund.number), refund]
            if refund.state in UNDER_WAY:
                self.processing[refund.key] = refund
            else:
                self.processing.pop(refund.key, None)
        for delivery in record.deliveries:
            self.deliveries[delivery.id] = delivery
            if delivery.state == "pending":
                self.pending[delivery.id] = delivery
            else:
                self.pending.pop(delivery.id, None)
