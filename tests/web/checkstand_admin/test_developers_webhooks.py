"""Webhook endpoints in the console: a real receiver on this machine is told, and its answer is seen."""

import html
import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import WriteSet
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.steer_webhooks import MOST_AT_ONCE
from checkstand.infra.mail import letter_of, mail
from checkstand.infra.ops import Update
from checkstand.infra.webhooks import AddressPolicy, create_endpoint, endpoints, load_endpoint, new_message
from checkstand.infra.webhooks.endpoint import BREAKER_AFTER
from checkstand.infra.webhooks.store import webhook_endpoint
from checkstand.monitoring.audit import audit_page
from checkstand_admin.formats import ZONE

BASE = f"/admin/u/{UNIT}/test/developers"


@pytest.fixture
def receiver():
    """A merchant's server: keeps what it hears, answers `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            server.heard.append((dict(self.headers), body))
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(b"<b>thanks</b>")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.status = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(platform):
    """Runs every job that is due, also those of the next seconds."""
    platform.jobs = JobRunner(platform, HANDLERS)
    yield lambda later=5: platform.jobs.run_due(platform.clock.now() + timedelta(seconds=later))
    platform.jobs = None


def added(person, url, **fields):
    """Id and secret of a new endpoint."""
    page = person.post(f"{BASE}/webhooks", url=url, **fields).text
    secret = re.search(r'data-testid="secret">([^<]+)<', page).group(1)
    return re.search(r'webhooks/(whe_\w+)" data-testid="to-endpoint"', page).group(1), html.unescape(secret)


def endpoint_of(platform, endpoint_id):
    with platform.db.read() as connection:
        return load_endpoint(connection, UNIT, endpoint_id)


def messages(platform, count, *, mode="test", at=None):
    """Facts of this unit; tells the ops that store them."""
    at = at or platform.clock.now()
    made = [new_message(UNIT, mode, "payment.succeeded", f"pay_{n}", 1, {"n": n}, at) for n in range(count)]
    platform.poster.commit(WriteSet(ops=[message.insert_op() for message in made]))
    return made


def local(at):
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M:%S")


def test_a_test_event_reaches_the_endpoint_and_the_answer_is_seen(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, secret = added(developer, receiver.url, event="payment.succeeded")

    sent = developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
    assert sent.headers["location"] == f"{BASE}/webhooks/{endpoint_id}?done=webhook_sent"
    run()

    headers, body = receiver.heard[0]
    assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    page = developer.get(f"{BASE}/deliveries").text
    delivery = developer.get(re.search(rf"{BASE}/deliveries/whd_\w+", page).group(0)).text
    shown = html.unescape(re.search(r'id="request"[^>]*>(.*?)</pre>', delivery, re.DOTALL).group(1))
    assert body.decode() in shown
    assert f"webhook-signature: {headers['webhook-signature']}" in shown
    assert "&lt;b&gt;thanks&lt;/b&gt;" in delivery
    assert 'data-testid="status-code">200<' in delivery


def test_the_secret_is_shown_once(person, receiver):
    developer = person("developer")
    endpoint_id, secret = added(developer, receiver.url)

    for page in (f"{BASE}/webhooks", f"{BASE}/webhooks/{endpoint_id}"):
        assert secret not in html.unescape(developer.get(page).text)


def test_a_replaced_secret_overlaps_for_a_day(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, old = added(developer, receiver.url)
    page = developer.post(f"{BASE}/webhooks/{endpoint_id}/secret").text
    new = html.unescape(re.search(r'data-testid="secret">([^<]+)<', page).group(1))
    developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
    run()

    headers, body = receiver.heard[0]
    assert Webhook(old).verify(body, headers) == Webhook(new).verify(body, headers)


def test_a_signature_made_with_a_replaced_secret_is_not_made_up(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
    run()
    developer.post(f"{BASE}/webhooks/{endpoint_id}/secret")

    page = developer.get(re.search(rf"{BASE}/deliveries/whd_\w+", developer.get(f"{BASE}/deliveries").text).group(0))
    assert "webhook-signature:" not in page.text
    assert "the signature of then is not kept" in page.text


def test_disabling_and_enabling_are_on_the_trail(person, platform, receiver):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    developer.post(f"{BASE}/webhooks/{endpoint_id}/disable")
    assert endpoint_of(platform, endpoint_id).status == "disabled"
    developer.post(f"{BASE}/webhooks/{endpoint_id}/disable")
    developer.post(f"{BASE}/webhooks/{endpoint_id}/enable")

    assert endpoint_of(platform, endpoint_id).status == "enabled"
    with platform.db.read() as connection:
        actions = [line.action for line in audit_page(connection, UNIT)]
    assert actions[:3] == ["webhook.enable", "webhook.disable", "webhook.create"]


def test_an_open_breaker_is_seen_and_can_be_closed(person, platform, receiver):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    key = {"tenant_id": UNIT, "endpoint_id": endpoint_id}
    platform.poster.commit(WriteSet(ops=[Update(webhook_endpoint, key, {"failures": BREAKER_AFTER})]))

    assert f"open after {BREAKER_AFTER} failures" in developer.get(f"{BASE}/webhooks/{endpoint_id}").text
    developer.post(f"{BASE}/webhooks/{endpoint_id}/enable")
    assert endpoint_of(platform, endpoint_id).failures == 0


def test_contacts_are_told_once_that_a_breaker_has_opened(person, platform, receiver, run):
    person("owner").post(
        f"/admin/u/{UNIT}/test/settings",
        **{"name.en": "Lantern", "contacts": "ops@example.com", "time_zone": "Asia/Shanghai", "revision": "0"},
    )
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    key = {"tenant_id": UNIT, "endpoint_id": endpoint_id}
    platform.poster.commit(WriteSet(ops=[Update(webhook_endpoint, key, {"failures": BREAKER_AFTER - 1})]))
    receiver.status = 500
    for _ in range(2):
        developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
        run()

    with platform.db.read() as connection:
        rows = connection.execute(select(mail).where(mail.c.kind == "breaker_opened")).all()
    assert [row.recipient for row in rows] == ["ops@example.com"]
    assert receiver.url in letter_of(rows[0], platform.settings.secret_key).text


def test_one_delivery_is_sent_again_with_the_same_id_and_bytes(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
    run()
    delivery = re.search(rf"{BASE}/deliveries/whd_\w+", developer.get(f"{BASE}/deliveries").text).group(0)
    answer = developer.post(f"{delivery}/redeliver")
    run()

    assert answer.headers["location"] == f"{delivery}?done=webhook_sent"
    (first, body), (second, again) = receiver.heard
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert developer.get(delivery).text.count('data-testid="delivery"') == 2


def test_a_range_is_sent_again_but_not_what_was_delivered(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url, event="payment.succeeded")
    now = platform.clock.now()
    messages(platform, 3, at=now - timedelta(hours=2))
    messages(platform, 2, at=now - timedelta(hours=9))
    messages(platform, 2, at=now - timedelta(hours=2), mode="live")
    asked = {"since": local(now - timedelta(hours=3)), "until": local(now)}

    first = developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", **asked)
    run()
    second = developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", **asked)
    everything = developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", **asked, all="1")

    assert [answer.headers["location"].partition("?")[2] for answer in (first, second, everything)] == [
        f"count={count}&done=webhooks_queued" for count in (3, 0, 3)
    ]
    assert len(receiver.heard) == 3


@pytest.mark.parametrize(
    ("since", "until"), [("", ""), ("yesterday", "today"), ("2026-01-02T00:00", "2026-01-01T00:00")]
)
def test_a_range_that_is_none_changes_nothing(person, receiver, since, until):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)

    assert developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", since=since, until=until).status_code == 400


def test_too_long_a_range_is_refused_whole(person, platform, receiver):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    now = platform.clock.now()
    messages(platform, MOST_AT_ONCE + 1, at=now - timedelta(hours=1))
    asked = {"since": local(now - timedelta(hours=2)), "until": local(now)}

    assert developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", **asked).status_code == 413


def test_a_dry_run_shows_the_request_and_sends_nothing(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, secret = added(developer, receiver.url, event="order.paid")
    made = messages(platform, 1)[0]
    page = developer.get(f"{BASE}/webhooks/{endpoint_id}?dry_run=payment.succeeded").text
    run()

    shown = html.unescape(re.search(r'id="dry-request"[^>]*>(.*?)</pre>', page, re.DOTALL).group(1))
    headers = dict(re.findall(r"^(webhook-[a-z]+): (.*)$", shown, re.MULTILINE))
    assert Webhook(secret).verify(shown.split("\n\n", 1)[1].strip(), headers)["object_id"] == made.object_id
    assert "did not choose this event" in page
    assert receiver.heard == []


@on_both_engines
def test_deliveries_are_filtered_and_paged_without_gaps(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    now = platform.clock.now()
    messages(platform, 60, at=now - timedelta(minutes=5))
    developer.post(f"{BASE}/webhooks/{endpoint_id}/redeliver", since=local(now - timedelta(hours=1)), until=local(now))
    run()

    first = developer.get(f"{BASE}/deliveries?state=delivered").text
    following = html.unescape(re.search(r'href="([^"]+)" rel="next"', first).group(1))
    second = developer.get(following).text
    ids = [set(re.findall(r"deliveries/(whd_\w+)", page)) for page in (first, second)]
    assert "state=delivered" in following
    assert (len(ids[0]), len(ids[1]), ids[0] & ids[1]) == (50, 10, set())
    assert "whd_" not in developer.get(f"{BASE}/deliveries?state=dead").text


@pytest.mark.parametrize(
    "url", ["ftp://shop.example/", "http://10.0.0.1/", "http://169.254.169.254/latest", "javascript:alert(1)", ""]
)
def test_an_address_that_must_not_be_asked_makes_no_endpoint(person, platform, url):
    answer = person("developer").post(f"{BASE}/webhooks", url=url)

    assert answer.status_code in (400, 403)
    with platform.db.read() as connection:
        assert endpoints(connection, UNIT, "test") == []


def test_live_mode_wants_https(person, platform, receiver):
    answer = person("owner").post(f"{BASE}/webhooks".replace("/test/", "/live/"), url=receiver.url)

    assert answer.status_code == 400
    assert "https addresses only" in answer.text


def test_an_unknown_event_is_named(person, receiver):
    answer = person("owner").post(f"{BASE}/webhooks", url=receiver.url, event="<script>alert(1)</script>")

    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


def test_a_form_sent_twice_makes_one_endpoint(person, platform, receiver):
    developer = person("developer")
    once = re.search(r'name="once" value="(whe_\w+)"', developer.get(f"{BASE}/webhooks").text).group(1)
    added(developer, receiver.url, once=once)

    assert developer.post(f"{BASE}/webhooks", url=receiver.url, once=once).status_code == 409
    with platform.db.read() as connection:
        assert len(endpoints(connection, UNIT, "test")) == 1


@pytest.mark.parametrize("action", ["", "/secret", "/disable", "/enable", "/test", "/redeliver"])
def test_a_foreign_endpoint_is_not_there(person, platform, action):
    now, key = platform.clock.now(), platform.settings.secret_key
    policy = AddressPolicy.of("test")
    foreign, _, row = create_endpoint(RIVAL, "test", "http://127.0.0.1:9/", key=key, policy=policy, at=now)
    other_mode, _, live = create_endpoint(UNIT, "live", "http://127.0.0.1:9/", key=key, policy=policy, at=now)
    platform.poster.commit(WriteSet(ops=[row, live]))
    owner = person("owner")
    fields = {"since": "2026-01-01T00:00", "until": "2026-01-02T00:00"}

    for each in (foreign, other_mode):
        path = f"{BASE}/webhooks/{each.endpoint_id}{action}"
        assert (owner.post(path, **fields) if action else owner.get(path)).status_code == 404


def test_a_foreign_delivery_is_not_there(person, platform, receiver, run):
    developer = person("developer")
    endpoint_id, _ = added(developer, receiver.url)
    developer.post(f"{BASE}/webhooks/{endpoint_id}/test")
    run()
    delivery = re.search(r"whd_\w+", developer.get(f"{BASE}/deliveries").text).group(0)
    rival = person("rival")
    theirs = f"/admin/u/{RIVAL}/test/developers/deliveries/{delivery}"

    assert rival.get(theirs).status_code == 404
    assert rival.post(f"{theirs}/redeliver").status_code == 404
    assert developer.get(f"{BASE}/deliveries/{delivery}".replace("/test/", "/live/")).status_code == 404
    assert delivery not in rival.get(f"/admin/u/{RIVAL}/test/developers/deliveries?endpoint={endpoint_id}").text
