"""The simulator desk steers the real simulators, for one's own unit and in test mode only."""

import asyncio
import threading
from urllib.parse import urlsplit

import httpx
import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT

from checkstand.app import simulator_control
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.create_session import create_session
from checkstand.app.pay_command import TakePayment
from checkstand.app.session_rows import CreateSession
from checkstand.app.steer_simulator import simulated_channels
from checkstand.app.take_payment import take_payment
from checkstand.channel.simulator import SimulatorEnv, build_simulators, control
from checkstand.channel.simulator.asgi import Request
from checkstand.channel.simulator.faults import KINDS, VERBS
from checkstand.infra import resources
from checkstand.monitoring.audit import audit_page
from checkstand.payment.store import open_attempts
from checkstand_admin.console import FOLDER
from checkstand_admin.texts import Texts

DESK = f"/admin/u/{UNIT}/test/developers/simulator"
WECHAT = f"{DESK}/wechat_pay"


@pytest.fixture
def simulators(platform, monkeypatch):
    """The simulators of this installation, asked without a network."""
    token = "steer"
    (platform.settings.var_dir / "sim.token").write_text(token)
    env = SimulatorEnv(
        truth_dir=platform.settings.var_dir / "sim",
        clock=platform.clock,
        accounts=platform.channel_accounts.of_merchant,
        public_base_url=platform.settings.base_url,
        control_token=token,
    )
    app, loop = build_simulators(platform.registry, env), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    def request(method, url, *, headers, json=None, **_):
        sent = httpx.Request(method, url, headers=headers, json=json)
        parts = urlsplit(url)
        path = parts.path.removeprefix("/sim/_control")
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        asked = Request(method, target, path, dict(sent.headers), sent.read(), "127.0.0.1")
        answer = run(control.handle(app.simulators, token, asked))
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)

    monkeypatch.setattr(simulator_control.httpx, "request", request)
    run(app.startup())
    yield app.simulators
    run(app.shutdown())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def faults(simulators):
    return [(each.kind, each.merchant) for each in simulators["wechat_pay"].faults.list()]


def begun(platform, simulators, unit=UNIT):
    """An open WeChat Pay attempt of a unit; the channel is down, so its outcome is unknown."""
    apply_scenarios(platform, unit, [resources.scenarios() / "mall-order.yaml"], mode="test", by="test")
    order = {"order_no": "A-1", "amount_minor": 12900, "currency": "CNY", "title": "Two novels"}
    command = CreateSession(tenant_id=unit, mode="test", scenario="mall-order", terminal="pc", **order)
    session = create_session(platform, command)
    method = next(
        each.id for each in platform.plans.published(unit, "mall-order", "test").methods if each.type == "wechat_pay"
    )
    take_payment(platform, TakePayment(token=session.token, method_id=method, consents=frozenset({"terms"})))
    with platform.db.read() as connection:
        return open_attempts(connection, unit, "test", "wechat_pay")[0].attempt_id


def test_a_fault_meets_the_own_unit_only(person, platform, simulators):
    developer, rival = person("developer"), person("rival")
    assert developer.post(f"{WECHAT}/faults", kind="http_500", verb="pay", number="", times="2").status_code == 303
    theirs = f"/admin/u/{RIVAL}/test/developers/simulator"
    rival.post(f"{theirs}/wechat_pay/faults", kind="slow", verb="", number="", times="1", seconds="5")

    own, foreign = (simulated_channels(platform, unit)["wechat_pay"] for unit in (UNIT, RIVAL))
    assert faults(simulators) == [("http_500", own), ("slow", foreign)]
    queue = simulators["wechat_pay"].faults
    assert queue.take("pay", "x", frozenset({"http_500"}), foreign) is None
    assert queue.take("pay", "x", frozenset({"http_500"}), own) is not None
    assert rival.get(theirs).text.count('data-testid="fault"') == 1

    developer.post(f"{WECHAT}/clear")
    assert faults(simulators) == [("slow", foreign)]


def test_the_clock_moves_forward_and_back_to_now(person, simulators):
    admin = person("admin")
    admin.post(f"{WECHAT}/clock", minutes="15")

    assert simulators["wechat_pay"].clock.offset_s == 900
    assert 'data-testid="offset">15 min<' in admin.get(f"{DESK}?channel=wechat_pay").text
    admin.post(f"{WECHAT}/clock", minutes="reset")
    assert simulators["wechat_pay"].clock.offset_s == 0


@pytest.mark.parametrize("role", ["owner", "developer"])
def test_no_unit_moves_the_clock_of_another(person, simulators, role):
    someone = person(role)
    page = someone.get(f"{DESK}?channel=wechat_pay").text

    assert someone.post(f"{WECHAT}/clock", minutes="15").status_code == 403
    assert simulators["wechat_pay"].clock.offset_s == 0
    assert "Only a platform administrator moves it" in page
    assert "/clock" not in page


def test_every_step_is_on_the_trail(person, platform, simulators):
    person("admin").post(f"{WECHAT}/clock", minutes="15")
    with platform.db.read() as connection:
        line = audit_page(connection, UNIT)[0]

    assert (line.action, line.object_id, line.after) == ("simulator.move_clock", "wechat_pay", {"advance_s": 900.0})


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("clock", {"minutes": "-5"}),
        ("clock", {"minutes": "99999999"}),
        ("clock", {"minutes": "soon"}),
        ("faults", {"kind": "meteor", "times": "1"}),
        ("faults", {"kind": "slow", "verb": "dance", "times": "1"}),
        ("faults", {"kind": "slow", "times": "0"}),
        ("faults", {"kind": "<script>alert(1)</script>", "times": "1"}),
    ],
)
def test_nonsense_is_refused_with_words(person, simulators, step, fields):
    answer = person("admin").post(f"{WECHAT}/{step}", **fields)

    assert answer.status_code == 400
    assert 'data-testid="problem"' in answer.text
    assert "<script>alert" not in answer.text
    assert faults(simulators) == []


def test_an_open_payment_is_listed_for_its_own_unit_only(person, platform, simulators):
    number = begun(platform, simulators)

    assert number in person("developer").get(f"{DESK}?channel=wechat_pay").text
    theirs = f"/admin/u/{RIVAL}/test/developers/simulator"
    rival = person("rival")
    assert number not in rival.get(f"{theirs}?channel=wechat_pay").text
    assert rival.post(f"{theirs}/wechat_pay/shopper", number=number, action="approve").status_code == 404
    assert rival.post(f"{theirs}/wechat_pay/faults", kind="slow", number=number, times="1").status_code == 404


def test_a_payment_the_simulator_has_not_seen_cannot_be_approved(person, platform, simulators):
    number = begun(platform, simulators)
    answer = person("developer").post(f"{WECHAT}/shopper", number=number, action="approve")

    assert answer.status_code == 400
    assert f"no order &#39;{number}&#39;" in answer.text


def test_a_channel_without_an_account_is_not_there(person, simulators):
    assert person("developer").get(f"{DESK}?channel=nothing").status_code == 404
    assert person("admin").post(f"{DESK}/nothing/clock", minutes="15").status_code == 404
    assert person("developer").post(f"{DESK}/nothing/clear").status_code == 404


def test_there_is_no_desk_in_live_mode(person, simulators):
    live = DESK.replace("/test/", "/live/")
    owner = person("owner")

    assert owner.get(live).status_code == 404
    assert owner.post(f"{live}/wechat_pay/clear").status_code == 404
    assert person("admin").post(f"{live}/wechat_pay/clock", minutes="15").status_code == 404
    assert "tab-simulator" not in owner.get(f"/admin/u/{UNIT}/live/developers/keys").text


def test_simulators_that_do_not_answer_are_said_so(person):
    developer = person("developer")

    assert "The simulators do not answer" in developer.get(DESK).text
    assert developer.post(f"{WECHAT}/clear").status_code == 503


def test_the_desk_is_not_for_everybody(person, simulators):
    assert person("finance").get(DESK).status_code == 403
    assert person("finance").post(f"{WECHAT}/clock", minutes="15").status_code == 403


def test_the_banks_desk_offers_what_can_happen_to_files(person, platform, simulators):
    developer = person("developer")
    page = developer.get(f"{DESK}?channel=bank").text
    planted = developer.post(f"{DESK}/bank/faults", kind="late_return", verb="payout", number="", times="1")

    assert 'value="reissued_statement"' in page
    assert 'value="forged"' not in page
    assert planted.status_code == 303
    assert [each.kind for each in simulators["bank"].faults.list()] == ["late_return"]
    assert 'value="wrong_total"' not in developer.get(f"{DESK}?channel=wechat_pay").text


def test_every_fault_and_every_verb_has_its_words():
    texts = Texts(FOLDER)
    names = {f"developers.fault.{kind}" for kind in KINDS} | {f"developers.verb.{verb or 'any'}" for verb in VERBS}

    assert [name for name in sorted(names) if name not in texts.sentences] == []
