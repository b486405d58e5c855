"""The simulator frame: who may steer it, and what its faults and clock do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.aside import run as run_aside

from checkstand.channel import Registry
from checkstand.channel.conformance.rig import Rig, visible_text, wait_for
from checkstand.channel.port import HttpAnswer, Outcome
from checkstand.channel.simulator import control
from checkstand.channel.simulator.asgi import Request, Response
from checkstand.channel.simulator.faults import Fault, FaultInvalid, FaultQueue
from checkstand.channel.simulator.outcomes import BY_LAST_DIGITS, explain
from checkstand.channel.simulator.truth import TruthLog
from checkstand.kernel import InvariantBroken


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(Registry.load().channel("wechat_pay"), "public_key", tmp_path) as made:
        yield made


def _steer(
    rig: Rig, method: str, what: str, body: object = None, *, token: str = "t", client: str = "127.0.0.1"
) -> Response:
    path, _, query = what.partition("?")
    content = b"" if body is None else json.dumps(body).encode()
    request = Request(method, f"/{path}?{query}", f"/{path}", {"authorization": f"Bearer {token}"}, content, client)
    return rig.run(control.handle({"wechat_pay": rig.simulator}, "t", request))


@pytest.mark.parametrize(("token", "client"), [("wrong", "127.0.0.1"), ("t", "203.0.113.9"), ("", "::1")])
def test_a_stranger_does_not_learn_that_there_is_a_control_api(rig: Rig, token: str, client: str) -> None:
    assert _steer(rig, "GET", "wechat_pay/state", token=token, client=client).status == 404


def test_without_a_token_nobody_steers(rig: Rig) -> None:
    request = Request("GET", "/", "/wechat_pay/state", {"authorization": "Bearer "}, b"", "127.0.0.1")

    assert rig.run(control.handle({"wechat_pay": rig.simulator}, None, request)).status == 404


def test_the_truth_is_told_per_number(rig: Rig) -> None:
    mine, other = rig.paid(12900), rig.paid(500)
    told = json.loads(_steer(rig, "GET", f"wechat_pay/truth?number={mine.attempt_no}").body)["orders"]

    assert [(line["number"], line["charged_minor"]) for line in told] == [(mine.attempt_no, 12900)]
    assert len(json.loads(_steer(rig, "GET", "wechat_pay/truth").body)["orders"]) == 2
    assert other.attempt_no != mine.attempt_no


def test_the_control_api_plays_the_shopper(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    rig.pay(instruction)
    played = _steer(rig, "POST", "wechat_pay/shopper", {"number": instruction.attempt_no, "action": "approve"})

    assert json.loads(played.body)["state"] == "paid"
    assert rig.query(instruction).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("wechat_pay/faults", {"kind": "meteor"}),
        ("wechat_pay/faults", {"kind": "slow", "verb": "dance"}),
        ("wechat_pay/faults", {"kind": "slow", "often": 3}),
        ("wechat_pay/clock", {"advance_s": -5}),
        ("wechat_pay/shopper", {"number": "x", "action": "steal"}),
    ],
)
def test_nonsense_is_refused_with_words(rig: Rig, what: str, body: object) -> None:
    answer = _steer(rig, "POST", what, body)

    assert answer.status == 400
    assert json.loads(answer.body)["error"]


def test_the_clock_moves_expiry_and_survives_a_restart(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    action = rig.pay(instruction).action
    assert _steer(rig, "POST", "wechat_pay/clock", {"advance_s": 3600}).status == 200
    rig.restart()

    assert rig.simulator.clock.offset_s == 3600
    rig.shop(action)
    assert rig.query(instruction).outcome is Outcome.CLOSED


def test_a_fault_is_used_up_by_what_it_names() -> None:
    faults = FaultQueue()
    faults.add(Fault(kind="http_500", verb="query", number="att_1", times=2))
    kinds = frozenset({"http_500"})

    assert faults.take("pay", "att_1", kinds) is None
    assert faults.take("query", "att_2", kinds) is None
    assert [faults.take("query", "att_1", kinds) is not None for _ in range(3)] == [True, True, False]
    with pytest.raises(FaultInvalid):
        faults.add(Fault(kind="meteor"))


@pytest.mark.parametrize("digits", sorted(BY_LAST_DIGITS))
def test_the_shopper_page_states_the_rule_of_the_amount(rig: Rig, digits: int) -> None:
    instruction = rig.pay_instruction(7000 + digits)
    rig.pay(instruction)
    token = rig.simulator.state.orders[rig.account.credentials["mchid"], instruction.attempt_no].token
    page: HttpAnswer = rig.browse("GET", f"{rig.simulator.url}/shopper/{token}")

    assert page.status == 200
    assert explain(7000 + digits) in visible_text(page)


def test_an_unknown_order_has_a_page_that_says_so(rig: Rig) -> None:
    page = rig.browse("GET", f"{rig.simulator.url}/shopper/nobody")

    assert page.status == 404
    assert "no such order" in visible_text(page)


def test_the_shopper_page_speaks_chinese_when_asked(rig: Rig) -> None:
    instruction = rig.pay_instruction()
    link = rig.link(rig.pay(instruction).action)

    assert "确认付款" in visible_text(rig.browse("GET", f"{link}?lang=zh-CN"))


def test_a_title_with_markup_is_shown_as_text(rig: Rig) -> None:
    instruction = rig.pay_instruction(title="<script>alert(1)</script>")
    page = rig.browse("GET", rig.link(rig.pay(instruction).action))

    assert b"<script>" not in page.body
    assert b"&lt;script&gt;" in page.body


def test_records_are_on_disk_before_append_returns(tmp_path: Path) -> None:
    log = TruthLog(tmp_path / "truth.jsonl")
    log.start()

    async def write() -> int:
        await asyncio.gather(*(log.append(b'{"n":%d}' % n) for n in range(50)))
        return len((tmp_path / "truth.jsonl").read_bytes().splitlines())

    assert run_aside(write()) == 50
    log.stop()


def test_an_edited_truth_log_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(b'{"a":1}\nnot json\n{"b":2}\n')

    with pytest.raises(InvariantBroken, match=r"truth.jsonl:2"):
        list(TruthLog(path).read(repair=True))


def test_a_slow_merchant_does_not_delay_another_notification(rig: Rig) -> None:
    rig.fault("late_notification", "notify", seconds=3600)
    late, prompt = rig.paid(), rig.paid()
    wait_for(lambda: [seen.note.number for seen in rig.received if seen.note], lambda told: prompt.attempt_no in told)

    assert late.attempt_no not in [seen.note.number for seen in rig.received if seen.note]
