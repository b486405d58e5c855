"""The simulated bank: one account per customer, its own truth, and files the way banks send them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from checkstand.channel.simulator.asgi import Request, Response
from checkstand.channel.simulator.courier import Outgoing
from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.faults import FILE_KINDS, Fault
from checkstand.channel.simulator.frame import Call, Reply, SimulatorFrame
from checkstand.channel.simulator.model import BankLine, Delivery, SimOrder, SimRefund
from checkstand.kernel import InvariantBroken, Money
from checkstand_channels.bank import signing, sim_files
from checkstand_channels.bank.adapter import PAYOUTS, RETURNS, STATEMENTS
from checkstand_channels.bank.errors import BankFileProblem
from checkstand_channels.bank.sim_files import Booking, Uploaded, Wanted
from checkstand_channels.bank.sim_rules import OPENING_MINOR, RETURN_AFTER_S, bank_day, day_starts, rail, rule_for

VERBS: Final[Mapping[tuple[str, str], str]] = {
    ("POST", PAYOUTS): "payout",
    ("GET", PAYOUTS): "query_payout",
    ("GET", RETURNS): "returns",
    ("GET", STATEMENTS): "statement",
}
LOOK_S: Final = 0.25  # the clock may be moved from outside
CURRENCY: Final = "CNY"
RETURNED_FOR: Final = "AC01"
TRANSFER_KINDS: Final = frozenset({"rejected", "late_return"})
FILE_FAULTS: Final = frozenset(FILE_KINDS) - TRANSFER_KINDS
NEVER: Final = timedelta(days=36_500)


class Simulator(SimulatorFrame):
    """A transfer is an order of the frame, a transfer that came back is its refund: one truth for all channels."""

    gaps_s: ClassVar[tuple[int, ...]] = ()

    async def startup(self) -> None:
        await super().startup()
        self._booking = asyncio.get_running_loop().create_task(self._book_on_time())

    async def shutdown(self) -> None:
        self._booking.cancel()
        await asyncio.gather(self._booking, return_exceptions=True)
        await super().shutdown()

    async def _book_on_time(self) -> None:
        while True:
            await self.book()
            await asyncio.sleep(LOOK_S)

    # ── the link ────────────────────────────────────────────────────────────────────────────────

    async def authenticate(self, request: Request) -> Call | Response:
        customer, signature = (request.headers.get(f"x-bank-{name}", "") for name in ("customer", "signature"))
        timestamp = request.headers.get("x-bank-timestamp", "")
        text = signing.request_text(request.method, request.target, customer, timestamp, request.body)
        for fresh in (False, True):  # keys may have been rotated a moment ago
            for credentials in await self.accounts.of(customer, fresh=fresh):
                if signing.verify(credentials["sim_client_public_key"], text, signature):
                    return self._call(request, credentials, signature)
        return Response(401, b"unknown customer or signature", {"content-type": "text/plain"})

    def _call(self, request: Request, credentials: Credentials, signature: str) -> Call | Response:
        verb = VERBS.get((request.method, request.path))
        params = {"body": request.body, "signature": signature}
        if verb is None:
            return _signed(credentials, signature, Reply(403, None))
        number = request.query.get("message_id", "") or request.query.get("day", "")
        return Call(verb, number, credentials["customer_id"], credentials, params)

    async def perform(self, call: Call) -> Reply:
        await self.book()
        if call.verb == "payout":
            return await self._payout(call)
        if call.verb == "query_payout":
            orders = self._of_batch(call.merchant, call.number)
            if not orders:
                return Reply(404, None)
            return _file(
                sim_files.report(call.number, orders, self.clock.now(), extra_minor=call.extra_minor),
                self.faults.take(call.verb, call.number, FILE_FAULTS, call.merchant),
            )
        return self._account_file(call)

    async def seal(self, call: Call, reply: Reply, spoil: str) -> Response:
        return _signed(call.credentials, call.params["signature"], reply, spoil)

    def unlisted(self) -> Reply:
        """It names no file, as its code stands in no table: both are doubt enough."""
        return _file(sim_files.report("NOTPROVIDED", (), self.clock.now(), group="RJCT", code="ZZ99"), None)

    # ── payouts ─────────────────────────────────────────────────────────────────────────────────

    async def _payout(self, call: Call) -> Reply:
        now = self.clock.now()
        try:
            uploaded = sim_files.read_payouts(call.params["body"])
            code = uploaded.problem
        except (BankFileProblem, ValueError):
            return _file(sim_files.report("NOTPROVIDED", (), now, group="RJCT", code="FF01"), None)
        if self._of_batch(call.merchant, uploaded.message_id):
            code = "DU01"
        elif uploaded.account != call.credentials["account_no"]:
            code = "AG01"
        if code:
            return _file(sim_files.report(uploaded.message_id, (), now, group="RJCT", code=code), None)
        orders = self._accepted(call, uploaded)
        await self.state.commit("file.accepted", orders=orders)
        return _file(
            sim_files.report(uploaded.message_id, orders, now),
            self.faults.take("payout", uploaded.message_id, FILE_FAULTS, call.merchant),
        )

    def _accepted(self, call: Call, uploaded: Uploaded) -> list[SimOrder]:
        """One order per transfer; what cannot be carried out is closed at once. No `await`: the file is one."""
        free = self._free_minor(call.merchant)
        orders: list[SimOrder] = []
        for wanted in uploaded.wanted:
            known = (call.merchant, wanted.number) in self.state.orders
            order = self._order(call, uploaded, wanted, known=known, free_minor=free)
            free -= 0 if order.state == "closed" else order.amount_minor
            orders.append(order)
        return orders

    def _order(self, call: Call, uploaded: Uploaded, wanted: Wanted, *, known: bool, free_minor: int) -> SimOrder:
        now, rule = self.clock.now(), rule_for(wanted.amount.minor)
        fault = self.faults.take("payout", wanted.number, TRANSFER_KINDS, call.merchant)
        kind = fault.kind if fault else ""
        code = "AM05" if known else "MS03" if kind == "rejected" else rule.rejected
        code = code or ("AM04" if wanted.amount.minor > free_minor else "")
        system, books_at = rail(wanted.amount.minor, max(now, day_starts(uploaded.executes_on)))
        comes_back = rule.comes_back or kind == "late_return"
        number = f"{wanted.number}#{secrets.token_hex(4)}" if known else wanted.number
        return SimOrder(
            merchant=call.merchant,
            number=number,  # a number that was used before stays with the transfer that has it
            token=secrets.token_hex(12),
            state="closed" if code else "open",
            amount_minor=wanted.amount.minor,
            currency=wanted.amount.currency,
            product=system,
            title=wanted.text,
            notify_url="",
            created_at=now,
            expires_at=now + NEVER,
            refused=code,
            extra={
                "batch": uploaded.message_id,
                "end_to_end": wanted.number,
                "creditor": f"{wanted.creditor_name} {wanted.creditor_account} {wanted.creditor_bank}",
                "books_at": books_at.isoformat(),
                "waits": rule.waits,
                "returns_after_s": (fault.seconds if fault and fault.seconds else RETURN_AFTER_S) if comes_back else 0,
            },
        )

    def _chosen_by_amount(self, call: Call) -> Fault | None:
        """An upload with an amount ending in 55 loses its answer, the first time."""
        if call.verb != "payout":
            return None
        try:
            uploaded = sim_files.read_payouts(call.params["body"])
        except (BankFileProblem, ValueError):
            return None
        loses = any(rule_for(wanted.amount.minor).loses_answer for wanted in uploaded.wanted)
        return Fault(kind="drop_after") if loses and not self._of_batch(call.merchant, uploaded.message_id) else None

    # ── the account ─────────────────────────────────────────────────────────────────────────────

    async def book(self) -> None:
        """Book what is due at the moment when it was due, whoever asks first."""
        for order in [order for order in self.state.orders.values() if order.state == "open"]:
            at = datetime.fromisoformat(order.extra["books_at"])
            # While one booking was written down, another request may have booked the next.
            if order.state != "open" or order.refused or order.extra["waits"] or at > self.clock.now():
                continue
            # The reference follows from the transfer: booked again after a crash it is the same one.
            order.state, order.paid_at, order.channel_no = "paid", at, f"T{at:%Y%m%d}{order.token[:12].upper()}"
            await self.state.commit("transfer.booked", order=order, refund=self._coming_back(order))
        for refund in [*self.state.processing.values()]:
            if refund.due_at and refund.due_at <= self.clock.now():
                await self.finish_refund(refund)

    async def enter_line(self, line: BankLine) -> str:
        """Book what somebody else pays in or takes; the same reference once. Tells the reference."""
        now = min(line.at or self.clock.now(), self.clock.now())
        key = (line.merchant, f"L{line.reference}")
        if key not in self.state.orders:
            token = secrets.token_hex(12)
            order = SimOrder(
                merchant=line.merchant,
                number=key[1],
                token=token,
                state="paid",
                amount_minor=abs(line.amount_minor),
                currency=CURRENCY,
                product=sim_files.CREDIT if line.amount_minor > 0 else sim_files.DEBIT,
                title=line.text,
                notify_url="",
                created_at=now,
                expires_at=now + NEVER,
                channel_no=f"T{bank_day(now):%Y%m%d}{token[:12].upper()}",
                paid_at=now,
                extra={
                    "batch": "",
                    "end_to_end": "",
                    "waits": False,
                    "returns_after_s": 0,
                },
            )
            await self.state.commit("line.booked", order=order)
        return key[1]

    def _coming_back(self, order: SimOrder) -> SimRefund | None:
        if not order.extra["returns_after_s"] or order.paid_at is None:
            return None
        return SimRefund(
            merchant=order.merchant,
            number=f"{order.number}R",
            order=order.number,
            refund_no=f"{order.channel_no}R",
            amount_minor=order.amount_minor,
            state="processing",
            reason=RETURNED_FOR,
            created_at=order.paid_at,
            due_at=order.paid_at + timedelta(seconds=order.extra["returns_after_s"]),
        )

    async def finish_refund(self, refund: SimRefund) -> None:
        """The creditor's bank sends the money back (退票)."""
        if refund.state != "processing":
            return
        refund.state, refund.done_at, refund.due_at = "success", refund.due_at, None
        await self.state.commit("transfer.returned", refund=refund)

    def _account_file(self, call: Call) -> Reply:
        try:
            day = date.fromisoformat(call.number)
        except ValueError:
            return Reply(404, None)
        today, bookings = bank_day(self.clock.now()), self._bookings(call.merchant)
        fault = self.faults.take(call.verb, call.number, FILE_FAULTS, call.merchant)
        of_day = [booking for booking in bookings if bank_day(booking.at) == day]
        if call.verb == "returns":
            returned = [booking for booking in of_day if booking.returned]
            return _file(sim_files.notice(call.credentials, day, CURRENCY, returned), fault)
        if day >= today or day < sim_files.FIRST_STATEMENT:
            return Reply(404, None)
        before = sum(booking.signed_minor for booking in bookings if bank_day(booking.at) < day)
        kind = fault.kind if fault else ""
        content = sim_files.statement(
            call.credentials,
            day,
            Money(OPENING_MINOR + before, CURRENCY),
            of_day,
            issue=2 if kind == "reissued_statement" else 1,
            extra_minor=1 if kind == "wrong_total" else call.extra_minor,
            copies=2 if kind == "duplicated_statement" else 1,
        )
        return _file(content, fault)

    def _bookings(self, merchant: str) -> list[Booking]:
        """Every line of the customer's account, in the order in which it was booked."""
        found: list[Booking] = []
        for order in self.state.orders.values():
            if order.merchant == merchant and order.paid_at:
                found.append(Booking(order, order.paid_at))
                back = [r for r in self.state.refunds[order.key] if r.state == "success" and r.done_at]
                found += [Booking(order, refund.done_at, refund.reason) for refund in back if refund.done_at]
        return sorted(found, key=lambda booking: (booking.at, booking.order.number))

    def _free_minor(self, merchant: str) -> int:
        held = [o.amount_minor for o in self.state.orders.values() if o.merchant == merchant and o.state == "open"]
        return OPENING_MINOR + sum(booking.signed_minor for booking in self._bookings(merchant)) - sum(held)

    def _of_batch(self, merchant: str, batch: str) -> list[SimOrder]:
        orders = self.state.orders.values()
        return [order for order in orders if order.merchant == merchant and order.extra["batch"] == batch]

    # ── what a bank does not do ─────────────────────────────────────────────────────────────────

    def new_number(self, kind: str) -> str:
        return f"{'T' if kind == 'order' else 'R'}{bank_day(self.clock.now()):%Y%m%d}{secrets.randbelow(10**12):012d}"

    def notification(
        self, notify_id: str, order: SimOrder, refund: SimRefund | None, credentials: Credentials, extra_minor: int
    ) -> str:
        raise InvariantBroken("a bank sends no notifications: its files are fetched")

    async def compose(self, delivery: Delivery) -> Outgoing:
        raise InvariantBroken("a bank sends no notifications: its files are fetched")

    def acknowledged(self, status: int, body: bytes) -> bool:
        return False

    def way_back(self, order: SimOrder, credentials: Credentials) -> str | None:
        return None


def _file(content: bytes, fault: Fault | None) -> Reply:
    """A file as it leaves the bank; what is wrong with it was wrong before it was signed."""
    if fault and fault.kind == "truncated_file":
        content = content[: len(content) * 2 // 3]
    if fault and fault.kind == "wrong_encoding":
        content = content.decode().encode("gb18030")
    return Reply(200, {"file": content})


def _signed(credentials: Credentials, request_signature: str, reply: Reply, spoil: str = "") -> Response:
    content: bytes = reply.body["file"] if reply.body else b""
    text = signing.answer_text(request_signature, reply.status, content)
    signature = signing.sign(credentials["sim_bank_private_key"], text + (" " if spoil == "bad_signature" else ""))
    headers = {"content-type": "application/xml"}
    if spoil != "unsigned":
        headers["x-bank-signature"] = signature
    return Response(reply.status, content[: len(content) // 2] if spoil == "garbled" else content, headers)
