"""Requests in the console: every call by a key is found again, and a refusal says what to do about it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from litestar.testing import TestClient
from sqlalchemy import update
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import WriteSet
from checkstand.infra import resources
from checkstand.infra.ops import Insert
from checkstand.kernel import new_id
from checkstand.member import new_api_key
from checkstand.member.store import SCOPES
from checkstand.monitoring.request_log import api_request, api_request_gap
from checkstand.web.app import build_asgi

REQUESTS = f"/admin/u/{UNIT}/test/developers/requests"
BODY = {
    "scenario": "absent-scenario",
    "order": {"order_no": "A-1", "amount": {"minor": 100, "currency": "CNY"}, "title": "4111 1111 1111 1111"},
    "terminal": "h5",
}


class Api:
    """A server of a business unit with its key."""

    def __init__(self, platform, client, unit=UNIT, mode="test", scopes=SCOPES):
        self.platform, self.client = platform, client
        self.secret, row = new_api_key(unit, mode, platform.clock.now(), scopes)
        self.key_id, self.hint = row.values["api_key_id"], row.values["hint"]
        platform.poster.commit(WriteSet(ops=[row]))

    def call(self, method, path, **more):
        headers = {"authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **more)
        self.platform.request_log.flush()
        return answer


@pytest.fixture
def client(platform) -> Iterator[TestClient]:
    with TestClient(build_asgi(platform), base_url="http://api.test") as made:
        yield made


@pytest.fixture
def api(platform, client):
    return Api(platform, client)


def listed(page):
    """The calls of a page as `GET /v1/payments`."""
    table = page.text.partition('data-testid="requests"')[2]
    return re.findall(r"<td class=\"wide break\"><code>([^<]+)</code>", table)


def test_a_refused_call_shows_its_problem_remedy_and_body_without_the_card(person, api):
    answer = api.call("POST", "/v1/checkout-sessions", json=BODY, headers={"idempotency-key": "once"})
    request_id = answer.headers["x-request-id"]

    page = person("developer").get(f"{REQUESTS}/{request_id}").text
    assert answer.status_code >= 400
    for said in (answer.json()["code"], answer.json()["remedy"].replace("'", "&#39;"), "once", "A-1", request_id):
        assert said in page
    assert "absent-scenario" in page
    assert "4111" not in page
    assert api.secret not in page


def test_a_mistake_in_a_field_names_its_place(person, api):
    wrong = {**BODY, "order": {**BODY["order"], "amount": {"minor": "a", "currency": "CNY"}}}
    answer = api.call("POST", "/v1/checkout-sessions", json=wrong)

    page = person("developer").get(f"{REQUESTS}/{answer.headers['x-request-id']}").text
    assert answer.json()["pointer"] == "/order/amount/minor"
    assert "<code>/order/amount/minor</code>" in page


def test_a_successful_call_is_kept_without_bodies(person, api, platform):
    answer = api.call("POST", "/v1/members", json={"external_id": "mei-hides-here"})

    assert answer.status_code == 201
    with platform.db.read() as connection:
        row = connection.execute(api_request.select()).one()
    assert (row.body, row.problem, row.route) == (None, None, "/v1/members")
    assert "mei-hides-here" not in repr(row)
    assert person("developer").get(f"{REQUESTS}/{row.request_id}").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nowhere", 404), ("DELETE", "/v1/payments", 405), ("POST", "/v1/members", 413)],
)
def test_what_the_framework_refuses_is_kept_too(person, api, method, path, status):
    answer = api.call(method, path, content=b"x" * 70_000 if status == 413 else None)

    assert answer.status_code == status
    assert listed(person("developer").get(REQUESTS)) == [f"{method} {path}"]


def test_a_key_without_the_scope_and_a_revoked_key_leave_a_trace(person, platform, client):
    api = Api(platform, client, scopes=("members:write",))
    assert api.call("GET", "/v1/payments").status_code == 403
    from checkstand.app.console_access import Actor
    from checkstand.app.manage_keys import revoke_key

    revoke_key(platform, Actor("opr_1", "owner@example.com", ""), UNIT, "test", api.key_id)
    assert api.call("GET", "/v1/payments").status_code == 401

    page = person("owner").get(REQUESTS).text
    assert "auth.scope_missing" in page
    assert "auth.key_wrong" in page


def test_calls_without_a_known_key_are_nobodys(api, platform, client):
    client.get("/v1/payments")
    client.get("/v1/payments", headers={"authorization": "Bearer sk_test_guessed"})
    client.get("/v1/openapi.json")
    platform.request_log.flush()

    with platform.db.read() as connection:
        assert connection.execute(api_request.select()).all() == []


def test_every_answer_of_the_api_has_an_id_and_no_other_page(client):
    assert re.fullmatch(r"req_[0-9a-z]{26}", client.get("/v1/openapi.json").headers["x-request-id"])
    assert "x-request-id" not in client.get("/healthz").headers


def test_the_callers_own_trace_finds_the_call(person, api):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    api.call("GET", "/v1/payments", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    api.call("GET", "/v1/nowhere", headers={"traceparent": "<script>"})

    assert listed(person("developer").get(f"{REQUESTS}?q={trace}")) == ["GET /v1/payments"]


@on_both_engines
def test_filters_narrow_the_list(person, api, platform, client):
    other = Api(platform, client)
    found = api.call("GET", "/v1/payments?limit=2").headers["x-request-id"]
    api.call("GET", "/v1/nowhere")
    other.call("GET", "/v1/webhook-endpoints")
    developer = person("developer")

    def asked(query):
        return listed(developer.get(f"{REQUESTS}?{query}"))

    everything = ["GET /v1/webhook-endpoints", "GET /v1/nowhere", "GET /v1/payments?limit=2"]
    assert asked("") == everything
    assert asked("status=4") == ["GET /v1/nowhere"]
    assert asked("path=payment") == ["GET /v1/payments?limit=2"]
    assert asked("path=%25") == []
    assert asked(f"key={other.key_id}") == ["GET /v1/webhook-endpoints"]
    assert asked(f"q={found}") == ["GET /v1/payments?limit=2"]
    assert asked("from=2100-01-01T00:00") == []
    assert asked("to=2001-01-01T00:00") == []
    assert asked("from=2001-01-01T00:00&to=2100-01-01T00:00") == everything


@pytest.mark.parametrize("query", ["from=soon", "to=0001-01-01T00:00", "from=%00"])
def test_a_time_that_makes_no_sense_is_said_and_left_out(person, api, query):
    api.call("GET", "/v1/payments")
    page = person("developer").get(f"{REQUESTS}?{query}")

    assert page.status_code == 200
    assert listed(page) == ["GET /v1/payments"]
    assert ("cannot be read" in page.text) == (query != "from=%00")


@pytest.mark.parametrize("cursor", ["nonsense", "2026-01-01~x", "~"])
def test_a_cursor_that_no_page_gave_is_refused(person, cursor):
    assert person("developer").get(f"{REQUESTS}?cursor={cursor}").status_code == 400


@on_both_engines
def test_pages_follow_each_other_without_gap_or_repeat(person, api, platform):
    for number in range(53):
        api.client.get(f"/v1/nowhere/{number}", headers={"authorization": f"Bearer {api.secret}"})
    platform.request_log.flush()
    developer = person("developer")
    first = developer.get(f"{REQUESTS}?status=4")
    following = re.search(r'href="([^"]+)" rel="next"', first.text).group(1).replace("&amp;", "&")
    second = developer.get(following)

    assert [*listed(first), *listed(second)] == [f"GET /v1/nowhere/{number}" for number in reversed(range(53))]
    assert 'rel="next"' not in second.text


def test_another_unit_and_the_other_mode_see_nothing(person, api, platform, client):
    request_id = api.call("GET", "/v1/nowhere").headers["x-request-id"]
    rival = person("rival")

    assert rival.get(f"/admin/u/{RIVAL}/test/developers/requests/{request_id}").status_code == 404
    assert listed(rival.get(f"/admin/u/{RIVAL}/test/developers/requests")) == []
    assert person("owner").get(f"/admin/u/{UNIT}/live/developers/requests/{request_id}").status_code == 404


def test_calls_that_could_not_be_kept_are_said(person, platform):
    gap = {"tenant_id": UNIT, "gap_id": new_id("gap"), "mode": "test", "created_at": datetime.now(UTC), "dropped": 7}
    platform.poster.commit(WriteSet(ops=[Insert(api_request_gap, gap)]))

    assert re.search(r'data-testid="dropped">7 calls', person("developer").get(REQUESTS).text)


def test_nothing_yet_teaches_with_a_line_to_copy(person):
    developer = person("developer")

    assert "curl -sSi" in developer.get(REQUESTS).text
    developer.post("/admin/locale", locale="zh-CN")
    assert "还没有调用" in developer.get(REQUESTS).text


@on_both_engines
def test_what_callers_write_is_text(person, api):
    answer = api.call("POST", "/v1/members?x=<script>alert(1)</script>", content=b'{"a": "<script>alert(1)</script>"}',
                      headers={"idempotency-key": "<script>alert(1)</script>"})  # fmt: skip
    developer = person("developer")

    assert "<script>alert" not in developer.get(REQUESTS).text
    assert "<script>alert" not in developer.get(f"{REQUESTS}/{answer.headers['x-request-id']}").text


def test_a_call_leads_to_the_payment_and_the_order_it_was_about(person, api, platform, client):
    from checkstand.app.apply_scenarios import apply_scenarios

    apply_scenarios(platform, UNIT, [resources.scenarios() / "mall-order.yaml"], mode="test", by="seed")
    opened = api.call("POST", "/v1/checkout-sessions", json={**BODY, "scenario": "mall-order"})
    assert opened.status_code == 201, opened.text
    asked = api.call("GET", f"/v1/checkout-sessions/{opened.json()['id']}")
    developer = person("developer")

    for answer in (opened, asked):
        page = developer.get(f"{REQUESTS}/{answer.headers['x-request-id']}").text
        link = re.search(r'href="([^"]+)" data-testid="order"', page).group(1)
        assert "A-1" in developer.get(link).text


def test_an_id_that_nobody_has_leads_nowhere(person, api, platform):
    stranger = "pay_" + "0" * 26
    answer = api.call("GET", f"/v1/payments/{stranger}")

    assert 'data-testid="payment"' not in person("developer").get(f"{REQUESTS}/{answer.headers['x-request-id']}").text


def test_the_log_looks_back_in_steps_and_says_how_far(person, api, platform, monkeypatch):
    from checkstand.app import keyset

    monkeypatch.setattr(keyset, "WINDOW", 2)
    for number in range(20):
        api.client.get(f"/v1/nowhere/{number}", headers={"authorization": f"Bearer {api.secret}"})
    platform.request_log.flush()
    page = person("developer").get(f"{REQUESTS}?path=/0")

    assert 'data-testid="looked-back"' in page.text
    assert 'rel="next"' in page.text


def test_a_call_of_long_ago_is_found_by_its_time(person, api, platform):
    request_id = api.call("GET", "/v1/payments").headers["x-request-id"]
    long_ago = platform.clock.now() - timedelta(days=9)
    with platform.db.aside() as connection:
        connection.execute(
            update(api_request).values(created_at=long_ago).where(api_request.c.request_id == request_id)
        )
    day = long_ago.date().isoformat()
    following = (long_ago + timedelta(days=2)).date().isoformat()

    found = person("developer").get(f"{REQUESTS}?from={day}T00:00&to={following}T00:00")
    assert listed(found) == ["GET /v1/payments"]
