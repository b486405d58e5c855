"""The control API of the simulators: what testers and the command line use. Loopback and a token only."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from checkstand.channel.simulator.asgi import Request, Response
from checkstand.channel.simulator.bills import COST_PPM, bill_day, movements
from checkstand.channel.simulator.faults import Fault
from checkstand.channel.simulator.frame import SimulatorFrame
from checkstand.channel.simulator.model import BankLine
from checkstand.channel.simulator.past import Past, remember
from checkstand.channel.simulator.shopper import ACTIONS, decide
from checkstand.kernel import CheckstandError

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
TRUTH_LIMIT: Final = 10_000
YEAR_S: Final = 366 * 86400


class Move(msgspec.Struct, forbid_unknown_fields=True):
    advance_s: float = 0
    reset: bool = False


class Settle(msgspec.Struct, forbid_unknown_fields=True):
    """Pay out what this merchant earned on a day, to this customer of a simulated bank."""

    merchant: str
    day: date
    bank_merchant: str
    bank: str = "bank"
    extra_minor: int = 0  # planted: what arrives beyond the truth
    cost_ppm: int = COST_PPM
    at: datetime | None = None  # when the money came, for a day that is long over


class Play(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    action: str


async def handle(simulators: Mapping[str, SimulatorFrame], token: str | None, request: Request) -> Response:
    """`/{channel}/{state|truth|faults|clock|shopper|past|settlements|lines}`; strangers never learn that it exists."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or request.client not in LOOPBACK or not hmac.compare_digest(given.encode(), token.encode()):
        return _json({"error": "not found"}, 404)
    channel, _, what = request.path.strip("/").partition("/")
    frame = simulators.get(channel)
    if frame is None:
        return _json({"error": f"no simulator {channel!r}; there are: {', '.join(simulators)}"}, 404)
    try:
        if (request.method, what) == ("POST", "settlements"):
            return await _settle(simulators, frame, msgspec.json.decode(request.body, type=Settle))
        return await _dispatch(frame, request, what)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return _json({"error": str(error)}, 400)
    except CheckstandError as error:
        return _json({"error": error.detail, "remedy": error.remedy}, 400)


async def _dispatch(frame: SimulatorFrame, request: Request, what: str) -> Response:
    match request.method, what:
        case "GET", "state":
            return _json(_state(frame))
        case "GET", "truth":
            return _json(truth(frame, request.query.get("number", "")))
        case "GET", "faults":
            return _json({"faults": frame.faults.list()})
        case "POST", "faults":
            frame.faults.add(msgspec.json.decode(request.body, type=Fault))
            return _json({"faults": frame.faults.list()}, 201)
        case "DELETE", "faults":
            frame.faults.clear(request.query.get("merchant", ""))
            return _json({"faults": frame.faults.list()})
        case "POST", "clock":
            return await _move(frame, msgspec.json.decode(request.body, type=Move))
        case "POST", "lines":
            line = msgspec.json.decode(request.body, type=BankLine)
            return _json({"reference": await frame.enter_line(line)}, 201)
        case "POST", "past":
            return _json({"remembered": await remember(frame, msgspec.json.decode(request.body, type=Past))}, 201)
        case "POST", "shopper":
            return await _play(frame, msgspec.json.decode(request.body, type=Play))
    return _json({"error": f"{request.method} {what}: there is no such thing to ask"}, 404)


async def _move(frame: SimulatorFrame, move: Move) -> Response:
    if not 0 <= move.advance_s <= YEAR_S:
        return _json({"error": "advance_s: a number of seconds up to one year; clocks only move forward"}, 400)
    frame.clock.offset_s = 0.0 if move.reset else frame.clock.offset_s + move.advance_s
    await frame.state.commit("clock.moved", clock_offset_s=frame.clock.offset_s)
    frame.wake()
    return _json({"offset_s": frame.clock.offset_s, "now": frame.clock.now()})


async def _settle(simulators: Mapping[str, SimulatorFrame], frame: SimulatorFrame, settle: Settle) -> Response:
    """The provider pays the day's net in one sum (T+1), by its own truth whatever its bill says."""
    bank = simulators.get(settle.bank)
    if bank is None:
        return _json({"error": f"no simulator {settle.bank!r}"}, 404)
    if bill_day(bank.clock.now()) <= settle.day:
        return _json({"error": f"the bank's day {settle.day} is not over: a day is paid out on the next"}, 400)
    found = movements(frame, settle.merchant, settle.day, settle.cost_ppm)
    net = sum(each.net_minor for each in found)
    if net + settle.extra_minor:
        reference = f"{frame.name}-{settle.merchant}-{settle.day:%Y%m%d}"
        text = f"{frame.manifest.names['zh-CN']}结算 {settle.merchant}-{settle.day:%Y%m%d}"
        await bank.enter_line(
            BankLine(
                merchant=settle.bank_merchant,
                amount_minor=net + settle.extra_minor,
                text=text,
                reference=reference,
                at=settle.at,
            )
        )
    return _json({"net_minor": net, "paid_minor": net + settle.extra_minor}, 201)


async def _play(frame: SimulatorFrame, play: Play) -> Response:
    if play.action not in ACTIONS:
        return _json({"error": f"action: one of {', '.join(ACTIONS)}"}, 400)
    orders = [order for order in frame.state.orders.values() if order.number == play.number]
    if not orders:
        return _json({"error": f"no order {play.number!r}"}, 404)
    await decide(frame, orders[0], play.action)
    return _json({"number": play.number, "state": orders[0].state, "refused": orders[0].refused})


def _state(frame: SimulatorFrame) -> dict[str, Any]:
    orders = frame.state.orders.values()
    return {
        "channel": frame.name,
        "now": frame.clock.now(),
        "offset_s": frame.clock.offset_s,
        "orders": {state: sum(o.state == state for o in orders) for state in ("draft", "open", "paid", "closed")},
        "refunds_processing": len(frame.state.processing),
        "notifications_pending": list(frame.state.pending.values())[:100],
        "faults": frame.faults.list(),
    }


def truth(frame: SimulatorFrame, number: str = "") -> dict[str, Any]:
    """What the provider charged and gave back, per order: the truth that our books must agree with."""
    chosen = [order for order in frame.state.orders.values() if number in ("", order.number)]
    lines = [
        {
            "merchant": order.merchant,
            "number": order.number,
            "state": order.state,
            "currency": order.currency,
            "amount_minor": order.amount_minor,
            "charged_minor": order.amount_minor if order.paid_at else 0,
            "refunded_minor": frame.state.given_back(order, also_processing=False),
            "channel_no": order.channel_no,
            "paid_at": order.paid_at,
            "refunds": frame.state.refunds[order.key],
        }
        for order in chosen[-TRUTH_LIMIT:]
    ]
    return {"channel": frame.name, "orders": lines, "left_off": max(0, len(chosen) - TRUTH_LIMIT)}


def _json(data: Any, status: int = 200) -> Response:
    return Response(status, msgspec.json.encode(data), {"content-type": "application/json"})
