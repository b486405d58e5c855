"""Members move their balances: transfers at once and in two steps, withdrawals to a bank card, recharges."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from tests.simulation.clients import Record, intent
from tests.simulation.outside import ConnectionLost
from tests.simulation.stage import Stage
from tests.simulation.template import TENANT

from checkstand.app.payouts.request_withdrawal import RequestWithdrawal, request_withdrawal
from checkstand.app.platform import Platform
from checkstand.app.transfers.finish_transfer import confirm_transfer, void_transfer
from checkstand.app.transfers.make_transfer import MakeTransfer, make_transfer
from checkstand.infra.idempotency import IdempotencyKey
from checkstand.kernel import CheckstandError

KINDS: Final = ("transfer", "transfer", "held", "held", "withdraw", "withdraw", "withdraw_twice")


@dataclass
class Movement:
    """One member does one thing with the balance."""

    stage: Stage
    record: Record
    rng: random.Random
    number: str
    members: tuple[str, str]
    card_id: str  # of the first member

    def run(self) -> None:
        kind = self.rng.choice(KINDS)
        self.stage.did[f"movement {kind}"] += 1
        try:
            if kind == "withdraw":
                self._withdraw(self.number)
            elif kind == "withdraw_twice":
                self.stage.scheduler.spawn("aside", lambda: self._quietly(lambda: self._withdraw(f"{self.number}b")))
                self._withdraw(self.number)
            else:
                self._transfer(hold=kind == "held")
        except ConnectionLost:
            pass  # what has begun must end without this member

    def _quietly(self, work: Callable[[], Any]) -> None:
        try:
            work()
        except ConnectionLost:
            pass

    def _transfer(self, *, hold: bool) -> None:
        source, target = self.members if self.rng.random() < 0.5 else self.members[::-1]
        command = MakeTransfer(
            tenant_id=TENANT, mode="test", transfer_no=self.number, source_id=source, target_id=target,
            amount_minor=self.rng.randrange(100, 6_000), currency="CNY", hold=hold,
        )  # fmt: skip

        def work(platform: Platform, key: IdempotencyKey) -> bytes:
            return msgspec.json.encode(make_transfer(platform, command, idempotency=key))

        made = self._asked("/v1/transfers", self.number, work)
        if made is None or not hold:
            return
        transfer_id = msgspec.json.decode(made)["id"]
        self.stage.scheduler.sleep(self.rng.choice((0.1, 5.0)))
        end = self.rng.choice(("confirm", "void", "both", "wait"))
        for name, finish in (("confirm", confirm_transfer), ("void", void_transfer)):
            if end in (name, "both"):
                self._finish(name, lambda platform, finish=finish: finish(platform, TENANT, "test", transfer_id))

    def _finish(self, name: str, work: Callable[[Platform], Any]) -> None:
        try:
            self.stage.insist(f"transfer {name}", work)
        except CheckstandError as refused:
            self.stage.did[f"refused {refused.code}"] += 1

    def _withdraw(self, number: str) -> None:
        command = RequestWithdrawal(
            TENANT, "test", self.members[0], self.card_id, self.rng.randrange(100, 6_000), "CNY", number
        )

        def work(platform: Platform, key: IdempotencyKey) -> bytes:
            return msgspec.json.encode(request_withdrawal(platform, command, idempotency=key))

        self._asked("/v1/withdrawals", number, work)

    def _asked(self, endpoint: str, key: str, work: Callable[[Platform, IdempotencyKey], bytes]) -> bytes | None:
        try:
            return intent(self.stage, self.record, endpoint, key, {"number": key}, work)
        except CheckstandError as refused:
            self.stage.did[f"refused {refused.code}"] += 1
            return None
