"""Faults on demand, queued by kind for a verb or one number; each is used up as it happens."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from checkstand.channel.port import Capability
from checkstand.kernel import CheckstandError

REQUEST_KINDS: Final = {
    "timeout_after_charging": "the request is executed (a pay request is paid at once), the answer never comes",
    "drop_after": "the request is executed, the answer never comes",
    "drop_before": "the request is lost before it is executed, no answer comes",
    "http_500": "500 without executing the request",
    "slow": "answers after `seconds`",
    "unsigned": "the answer carries no signature",
    "bad_signature": "the answer's (verb notify: the first notification's) signature does not verify",
    "garbled": "the answer is cut off in the middle",
    "unknown_code": "a refusal with a code that no table lists",
    "wrong_amount": "a query (verb notify: the notification) reports one minor unit more",
}
NOTIFY_KINDS: Final = {
    "duplicate_notification": "the notification is sent twice",
    "late_notification": "the first sending waits `seconds` (default 90)",
    "out_of_order": "the payment's notification waits until a refund's has arrived",
    "no_notification": "no notification is sent",
    "forged": "a notification signed by a stranger comes first",
    "probe": "the first sending is a signature probe",
}
REFUND_KINDS: Final = {
    "abnormal_refund": "the payer's bank refuses the refund, where the provider says so; it is paid `seconds` later "
    "(default an hour)",
}
FILE_KINDS: Final = {
    "rejected": "the bank rejects the transfer",
    "late_return": "the transfer is booked, and comes back `seconds` later (default a day)",
    "wrong_total": "the statement's closing balance is one minor unit off",
    "truncated_file": "the bank's file ends in the middle, and is signed like that",
    "wrong_encoding": "the bank's file is GB 18030 and says that it is UTF-8",
    "duplicated_statement": "the file holds the same statement twice",
    "reissued_statement": "the day's statement comes again under another message id",
}
BILL_KINDS: Final = {
    "bill_line_missing": "the day's bill lacks a line (`number` names it; else the first)",
    "bill_line_extra": "the bill lists a payment that nobody here made",
    "bill_amount": "a line of the bill says one yuan more",
    "bill_fee": "a line of the bill says seven fen more of fee",
    "bill_line_twice": "the bill lists a line twice",
    "bill_truncated": "the bill ends in the middle, and its hash says that this is right",
    "bill_total": "the bill's totals are one fen off",
    "bill_encoding": "the bill is in another encoding than the provider's",
    "bill_late": "the bill is not ready yet",
}
PAYMENT_VERBS: Final = ("pay", "query", "close", "refund", "query_refund", "notify", "bill", "download")
PAYOUT_VERBS: Final = ("payout", "query_payout", "returns", "statement")
VERBS: Final = (*PAYMENT_VERBS, *PAYOUT_VERBS, "")
KINDS: Final = {**REQUEST_KINDS, **NOTIFY_KINDS, **REFUND_KINDS, **FILE_KINDS, **BILL_KINDS}


def offered(capabilities: Collection[Capability]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The kinds and verbs that mean something at a channel which can do this."""
    kinds, verbs = [*REQUEST_KINDS], list[str]()
    if Capability.PAY in capabilities:
        kinds, verbs = [*kinds, *NOTIFY_KINDS, *REFUND_KINDS], [*verbs, *PAYMENT_VERBS]
        kinds += BILL_KINDS if Capability.STATEMENT in capabilities else ()
    if Capability.PAYOUT in capabilities:
        kinds, verbs = [*kinds, *FILE_KINDS], [*verbs, *PAYOUT_VERBS]
    return tuple(kinds), tuple(verbs)


class FaultInvalid(CheckstandError):
    code = "simulator.fault_invalid"
    message = "The simulator knows no such fault."
    remedy = f"Kinds: {', '.join(KINDS)}. Verbs: {', '.join(VERBS[:-1])}."


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`verb`, `number` and `merchant` narrow it; empty means any. `times` 0 means until it is deleted."""

    kind: str
    verb: str = ""
    number: str = ""
    merchant: str = ""  # so that business units that share a simulator do not meet each other's faults
    times: int = 1
    seconds: float = 0

    def fits(self, verb: str, number: str, merchant: str) -> bool:
        return self.verb in ("", verb) and self.number in ("", number) and self.merchant in ("", merchant)


class FaultQueue:
    """The faults still to come, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise FaultInvalid(f"unknown fault kind {fault.kind!r}")
        if fault.verb not in VERBS:
            raise FaultInvalid(f"unknown verb {fault.verb!r}")
        self._faults.append(fault)

    def take(self, verb: str, number: str, kinds: frozenset[str], merchant: str = "") -> Fault | None:
        """The first fault that fits, counted down; at most one per event."""
        for fault in self._faults:
            if fault.kind in kinds and fault.fits(verb, number, merchant):
                if fault.times == 1:
                    self._faults.remove(fault)
                elif fault.times > 1:
                    fault.times -= 1
                return fault
        return None

    def take_all(self, verb: str, kinds: Collection[str], merchant: str) -> list[Fault]:
        """Every fault of these kinds that waits, whatever number it names; each counted down once."""
        found = [
            fault
            for fault in self._faults
            if fault.kind in kinds and fault.verb in ("", verb) and fault.merchant in ("", merchant)
        ]
        for fault in found:
            if fault.times == 1:
                self._faults.remove(fault)
            elif fault.times > 1:
                fault.times -= 1
        return found

    def clear(self, merchant: str = "") -> None:
        """Remove every fault, or those of one merchant."""
        self._faults = [fault for fault in self._faults if merchant and fault.merchant != merchant]

    def list(self) -> list[Fault]:
        return [*self._faults]
