"""The cast and their stage: a whole platform in this process, with simulators, jobs and a clock that obeys.

Mei pays. Lantern Books is the merchant whose unit we test. The rival tenant exists so that tests can
show what it must not see. Nothing here opens a socket: the platform's web application and the channel
simulators are called as ASGI applications on one event loop in a thread of its own.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from time import sleep
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import balance
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.bootstrap import build_platform
from checkstand.app.evidence import Evidence
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.ledger_check import check_ledger
from checkstand.app.manage_members import create_member
from checkstand.app.migrate import migrate
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.channel import Registry
from checkstand.channel import store as channel_store
from checkstand.channel.port import HttpAnswer, Outcome
from checkstand.channel.simulator import SimulatorApp, SimulatorEnv, build_simulators
from checkstand.infra.ops import Update
from checkstand.infra.settings import Settings
from checkstand.infra.webhooks import AddressPolicy, Answer, create_endpoint
from checkstand.kernel import FrozenClock, Money, new_id
from checkstand.member import member, new_api_key, tenant_op
from checkstand.web.app import build_asgi

BASE: Final = "http://127.0.0.1:8000"
LANTERN: Final = "lantern"  # Lantern Books, the merchant of most tests
RIVAL: Final = "rival"  # another business unit: must never see Lantern's objects
HOOK: Final = "http://127.0.0.1:9/hooks"  # nothing listens there; FakeSender answers in its place
ROOT: Final = Path(__file__).resolve().parents[1]


@cache
def _credentials(channel: str, tenant_id: str) -> dict[str, str]:
    """Key pairs take a while to make; one set per tenant serves the whole run."""
    return Registry.load().channel(channel).test_credentials()


class Silence(Exception):
    """The server lets the client wait; a test does not spend those ten seconds."""


@dataclass
class Response:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class FakeSender:
    """Records what the merchant is told and answers as the test likes."""

    status: int | None = 200
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], policy: AddressPolicy) -> Answer:
        self.told.append(json.loads(body))
        self.headers.append(headers)
        error = None if self.status else "timeout"
        return Answer(self.status, "", error, 1, sent=True)

    def check(self, url: str, policy: AddressPolicy) -> None:
        """Every address is fine here; the real check has tests of its own."""

    def close(self) -> None:
        """Nothing to let go of."""

    def types(self) -> list[str]:
        return [message["type"] for message in self.told]


def next_noon() -> datetime:
    """The next noon of the accounts: nothing is near the end of a day, whenever the tests run."""
    local = datetime.now(ACCOUNTING_ZONE)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    return (noon if noon >= local else noon + timedelta(days=1)).astimezone(UTC)


class World:
    """One platform with everything around it. Jobs run when the test says so, on the test's clock."""

    def __init__(
        self, folder: Path, database_url: str, *, scenarios: list[Path] | None = None, begins: datetime | None = None
    ) -> None:
        self.clock = FrozenClock(begins or datetime.now(UTC))
        self.folder = folder
        settings = Settings(var_dir=folder, database_url=database_url, public_url=BASE)
        self.sender = FakeSender()
        self.network_down: set[str] = set()  # verbs that find no channel: the request never arrives
        self.dying = False
        self.platform: Platform = build_platform(settings, clock=self.clock, channel_http=self)
        self.platform.webhook_sender = self.sender  # type: ignore[assignment]  # same methods, no network
        migrate(self.platform.db)
        self.platform.start(jobs=False)
        self.runner = self.platform.jobs = JobRunner(self.platform, HANDLERS)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="world", daemon=True)
        self._thread.start()
        env = SimulatorEnv(
            truth_dir=folder / "sim",
            clock=self.clock,
            accounts=self.platform.channel_accounts.of_merchant,
            public_base_url=BASE,
            deliver=self._deliver,
            control_token="test",
        )
        self.simulators: SimulatorApp = build_simulators(self.platform.registry, env)
        self.app = build_asgi(self.platform, {"/sim": self.simulators})
        self.run(self.simulators.startup())
        self.keys = {tenant_id: self._tenant(tenant_id) for tenant_id in (LANTERN, RIVAL)}
        self.api_key = self.keys[LANTERN]
        self._endpoint()
        for tenant_id in (LANTERN, RIVAL):
            apply_scenarios(
                self.platform, tenant_id, scenarios or [ROOT / "tests" / "data" / "scenarios"], mode="test", by="tests"
            )

    def close(self) -> None:
        self.run(self.simulators.shutdown())
        self.platform.jobs = None  # its threads were never started
        self.platform.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    # ── people ──────────────────────────────────────────────────────────────────────────────────

    def member(self, external_id: str, minor: int = 0) -> str:
        """A member of Lantern Books with this balance."""
        row, _ = create_member(self.platform, LANTERN, "test", external_id, external_id)
        if minor:
            account = member_balance(row.member_id, "CNY")
            entries = (Entry(AccountRef("1001", "opening", "CNY"), minor), Entry(account, -minor))
            journal = Journal(LANTERN, "opening", "member", row.member_id, entries, self.clock.now())
            self.platform.poster.commit(WriteSet(journals=[journal]))
        return str(row.member_id)

    def freeze(self, external_id: str) -> None:
        """The business unit stops a member's balance."""
        row, _ = create_member(self.platform, LANTERN, "test", external_id, external_id)
        key = {"tenant_id": LANTERN, "member_id": row.member_id}
        self.platform.poster.commit(WriteSet(ops=[Update(member, key, {"status": "frozen"})]))

    def session(self, scenario: str = "mall-order", minor: int = 12900, **changes: Any) -> dict[str, Any]:
        """A checkout session made over the API."""
        answer = self.api("POST", "/v1/checkout-sessions", self.session_body(scenario, minor, **changes))
        assert answer.status == 201, answer.text
        return dict(answer.json())

    def session_body(self, scenario: str = "mall-order", minor: int = 12900, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "scenario": scenario,
            "order": {
                "order_no": new_id("no"),
                "amount": {"minor": minor, "currency": "CNY"},
                "title": "Two novels",
            },
            "terminal": "pc",
            "shopper": {"id": "mei"},
            "locale": "en",
        }
        return {**body, **changes}

    def pay(self, session: Mapping[str, Any], method: str = "wx", **form: str) -> Response:
        """Mei presses pay on the cashier's page."""
        return self.browse("POST", f"{session['url']}/payments", {"method": method, **form})

    def shop(self, session: Mapping[str, Any], act: str = "approve") -> Response:
        """Mei opens the channel's page of her newest payment and presses a button."""
        return self.shop_at(self.simulator_url(session), act)

    def shop_at(self, link: str | None, act: str = "approve") -> Response:
        """The same on a page that was opened before, in another tab for instance."""
        assert link, "the payment leads to no shopper page"
        page = self.browse("GET", link)
        while page.status in (302, 303):
            link = page.headers["location"]
            page = self.browse("GET", link)
        return self.browse("POST", link, {"action": act})

    def refund(self, session: Mapping[str, Any], minor: int, **more: str) -> Response:
        """The merchant refunds the newest payment of this session."""
        payment_id = self.view(session).payments[0].payment_id
        body = {"amount": {"minor": minor, "currency": "CNY"}, **more}
        return self.api("POST", f"/v1/payments/{payment_id}/refunds", body)

    def refunds(self, session: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every refund of every payment of this session."""
        stories = [self.api("GET", f"/v1/payments/{p.payment_id}").json() for p in self.view(session).payments]
        return [refund for story in stories for refund in story["refunds"]]

    def replay_notifications(self, session: Mapping[str, Any]) -> None:
        """Every stored message of the newest payment is applied once more, as a new message of the channel would."""
        for row in self.story(session)["notifications"]:
            number = row["about"]
            if number.startswith("att_"):
                evidence = Evidence(Outcome.SUCCEEDED, "notification", amount=Money(12_900, "CNY"))
                apply_evidence(self.platform, LANTERN, number, evidence)

    def crash_after_commit(self, work: Callable[[], Any]) -> None:
        """Run this and die at the moment the channel is called: committed, never sent."""
        self.dying = True
        try:
            work()
        except RuntimeError:
            pass  # the process is gone; what it had committed stays
        finally:
            self.dying = False

    def simulator_url(self, session: Mapping[str, Any]) -> str | None:
        view = self.view(session)
        return view.payments[0].simulator_url if view.payments else None

    def view(self, session: Mapping[str, Any]) -> Any:
        from checkstand.app.open_cashier import open_cashier

        return open_cashier(self.platform, session["url"].rpartition("/")[2], viewed=False)

    # ── time ────────────────────────────────────────────────────────────────────────────────────

    def jobs(self) -> int:
        """Run what is due now, and what that makes due."""
        return self.runner.run_due()

    def later(self, **delta: float) -> None:
        """Let time pass, running jobs as they fall due."""
        until = self.clock.now() + timedelta(**delta)
        self.jobs()
        while self.clock.now() < until:
            step = min(
                timedelta(seconds=max(1.0, (until - self.clock.now()).total_seconds() / 10)), until - self.clock.now()
            )
            self.clock.advance(seconds=step.total_seconds())
            self.settle()

    def settle(self) -> None:
        """Let the simulators deliver what is due on their own loop, and apply what arrives."""
        for _ in range(1000):
            if not self._on_their_way() and not self.jobs():
                return
            sleep(0.005)
        raise AssertionError("the simulators and the jobs never came to rest")

    def _on_their_way(self) -> bool:
        """Whether a simulator still has something to send or to finish by now."""
        waiting = False
        for simulator in self.simulators.simulators.values():
            now = simulator.clock.now()
            due = [d.due_at <= now and not d.held_for for d in [*simulator.state.pending.values()]]
            due += [r.due_at is not None and r.due_at <= now for r in [*simulator.state.processing.values()]]
            if any(due):
                waiting = True
                self._loop.call_soon_threadsafe(simulator.wake)
        return waiting

    # ── facts ───────────────────────────────────────────────────────────────────────────────────

    def story(self, session: Mapping[str, Any]) -> dict[str, Any]:
        """The newest payment of this session as operators read it."""
        answer = self.api("GET", f"/v1/payments/{self.view(session).payments[0].payment_id}")
        assert answer.status == 200, answer.text
        return dict(answer.json())

    def balance(self, external_id: str) -> int:
        """What a member of Lantern Books has."""
        row, _ = create_member(self.platform, LANTERN, "test", external_id, external_id)
        with self.platform.db.read() as connection:
            return balance(connection, LANTERN, member_balance(row.member_id, "CNY"))

    def truth(self, channel: str) -> dict[str, Any]:
        """What the channel really did, from its own log."""
        answer = self.browse("GET", f"{BASE}/sim/_control/{channel}/truth", headers={"authorization": "Bearer test"})
        assert answer.status == 200, answer.text
        return dict(answer.json())

    def fault(self, channel: str, **fault: Any) -> Response:
        return self.call(
            "POST",
            f"{BASE}/sim/_control/{channel}/faults",
            json.dumps(fault).encode(),
            {"authorization": "Bearer test"},
        )

    def broken_invariants(self) -> list[str]:
        """What does not hold; every test of money ends by finding this empty."""
        return [
            f"{result.check.id}: {finding.subject} {dict(finding.facts)}"
            for result in check_ledger(self.platform)
            for finding in result.proof.findings
        ]

    # ── wires ───────────────────────────────────────────────────────────────────────────────────

    def api(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Response:
        """A call of the merchant's server."""
        sent = {"authorization": f"Bearer {key or self.api_key}", "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.call(method, f"{BASE}{path}", content, sent)

    def browse(
        self, method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A browser without JavaScript that follows nothing by itself."""
        sent = {"host": "127.0.0.1:8000", **(headers or {})}
        if form is not None:
            sent["content-type"] = "application/x-www-form-urlencoded"
        return self.call(method, url, urlencode(form or {}).encode() if form is not None else b"", sent)

    def call(self, method: str, url: str, content: bytes, headers: Mapping[str, str]) -> Response:
        return self.run(self._asgi(method, url, headers, content))

    def send(self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> HttpAnswer:
        """The channels' HTTP (`ChannelHttp`)."""
        if self.dying:
            raise RuntimeError("kill -9")
        if verb in self.network_down or "*" in self.network_down:
            return HttpAnswer(None, {}, b"", 10_000, "timeout")
        try:
            answer = self.run(self._asgi(method, url, headers, content))
        except Silence:
            return HttpAnswer(None, {}, b"", 10_000, "timeout")
        return HttpAnswer(answer.status, answer.headers, answer.body)

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _deliver(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        answer = await self._asgi("POST", url, headers, body)
        return answer.status, answer.body

    async def _asgi(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Response:
        parts = urlsplit(url)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": parts.scheme,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }
        scope["headers"].append((b"content-length", str(len(content)).encode()))
        sent: list[Any] = []
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                if parts.path.startswith("/sim/"):
                    raise Silence
                await asyncio.sleep(3600)
            asked = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        head = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Response(sent[0]["status"], head, b"".join(part.get("body", b"") for part in sent[1:]))

    # ── set-up ──────────────────────────────────────────────────────────────────────────────────

    def _tenant(self, tenant_id: str) -> str:
        now = self.clock.now()
        secret, key = new_api_key(tenant_id, "test", now)
        ops = [tenant_op(tenant_id, {"en": tenant_id.title(), "zh-CN": tenant_id, "ar": tenant_id}, now), key]
        for channel in self.platform.registry.channels():
            if channel.simulator is not None:
                ops += channel_store.create_account(
                    channel.manifest,
                    self.platform.vault,
                    tenant_id=tenant_id,
                    channel_account_id=new_id("cha"),
                    mode="test",
                    credentials=_credentials(channel.manifest.name, tenant_id),
                    at=now,
                    cost_ppm=3_800,
                )
        self.platform.poster.commit(WriteSet(ops=ops))
        return secret

    def _endpoint(self) -> None:
        policy = AddressPolicy.of("test", allow_private=True)
        _, self.webhook_secret, op = create_endpoint(
            LANTERN, "test", HOOK, key=self.platform.settings.secret_key, policy=policy, at=self.clock.now()
        )
        self.platform.poster.commit(WriteSet(ops=[op]))
