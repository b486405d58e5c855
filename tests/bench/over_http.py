"""A real server on its own port: checkout pages, and purchases from the session to the paid order."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import func, select
from tests.bench import poster
from tests.bench.engines import Engines
from tests.bench.installation import MEMBERS, Installation, installed
from tests.bench.static_beside import PATH

from checkstand.infra.db import Database
from checkstand.kernel import new_id
from checkstand.payment.inbox import exchange, inbox
from checkstand_channels.wechat_pay import signing

CALLERS: Final = 16
MESSAGE: Final = b"POST\n/v3/pay/transactions/native\n" * 16
FORMS: Final = {
    "full_screen": ("mall-order", "pc"),
    "popup": ("popup-embed", "pc"),
    "mobile_site": ("grocery-h5", "h5"),
    "regulatory": ("insurance", "pc"),
}
ADDRESS: Final = re.compile(rb'(?:src|href)="(/assets/[^"]+)"')


def pages(_: Engines, seconds: float) -> Iterator[dict[str, Any]]:
    """A checkout page against a static page of the same size on the same server."""
    with installed(command=(sys.executable, "-m", "tests.bench.static_beside", "serve")) as here:
        page = _session(here, "mall-order")["url"]
        with httpx.Client(base_url=here.base_url, trust_env=False, headers={"accept-encoding": "gzip"}) as client:
            with client.stream("GET", page) as answer:
                body = b"".join(answer.iter_raw())
            client.put(PATH, content=body).raise_for_status()
        static = here.load("page", path=PATH, callers=CALLERS, seconds=seconds)
        checkout = here.load("page", path=httpx.URL(page).path, callers=CALLERS, seconds=seconds)
        yield {
            "bench": "page",
            "checkout": checkout,
            "static": static,
            "bytes": len(body),
            "ratio_to_static": round(checkout["per_s"] / static["per_s"], 3),
        }


def first_load(_: Engines, __: float) -> Iterator[dict[str, Any]]:
    """What a shopper's browser fetches until a method can be used: the page and what it links, compressed."""
    with installed(scenarios=[scenario for scenario, _terminal in FORMS.values()]) as here:
        for form, (scenario, terminal) in FORMS.items():
            yield {
                "bench": "first_load",
                "form": form,
                **_bytes(_session(here, scenario, terminal)["url"]),
                "budget": 30_000,
            }


def _bytes(url: str) -> dict[str, Any]:
    with httpx.Client(trust_env=False, headers={"accept-encoding": "gzip"}) as client:

        def size(address: str) -> tuple[int, bytes]:
            with client.stream("GET", address) as answer:
                answer.raise_for_status()
                text = b"".join(answer.iter_bytes())
                return answer.num_bytes_downloaded, text

        page, html = size(url)
        linked = [size(str(httpx.URL(url).join(found.decode())))[0] for found in sorted(set(ADDRESS.findall(html)))]
    return {"page_bytes": page, "linked_bytes": sum(linked), "total_bytes": page + sum(linked)}


def purchases(fresh: Engines, seconds: float) -> Iterator[dict[str, Any]]:
    """Session to paid, durable, on both engines: with a member's balance, and through the WeChat Pay simulator."""
    for engine in poster.ENGINES:
        bare = poster.run(fresh.fresh(engine), hot=False, callers=CALLERS, seconds=seconds)["payments_per_s"]
        with installed(fresh.fresh(engine)) as here:
            about = {"bench": "session_to_paid", "engine": engine}
            balance = here.buy("bal", callers=CALLERS, seconds=seconds)
            ratio = {"bare_poster_per_s": bare, "ratio_to_bare_poster": round(balance["per_s"] / bare, 3)}
            yield {**about, "method": "balance", **balance, **ratio}
            began = _cpu_s(here.pid)
            channel = here.buy("wx", callers=CALLERS, seconds=seconds)
            used = _cpu_s(here.pid) - began
            ratio = {"ratio_to_balance": round(channel["per_s"] / balance["per_s"], 3)}
            yield {**about, "method": "wechat_pay", **channel, **ratio, **_signatures(here, used)}


def _signatures(here: Installation, used_s: float) -> dict[str, Any]:
    """The share of RSA in what the server used, simulator included: both ends sign and verify in this process."""
    db = Database(here.database_url)
    with db.read() as connection:
        calls = connection.execute(select(func.count()).select_from(exchange)).scalar_one()
        notified = connection.execute(select(func.count()).select_from(inbox)).scalar_one()
    db.close()
    pairs = 2 * calls + notified  # a call signs and verifies the request and the answer
    pair_us = _pair_us()
    return {"signature_pair_us": round(pair_us), "signature_share": round(pairs * pair_us / (used_s * 1e6), 3)}


def _pair_us(rounds: int = 200) -> float:
    """Sign once, verify once, with a merchant's key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    began = time.perf_counter()
    for _ in range(rounds):
        assert signing.verify(public, MESSAGE, signing.sign(private, MESSAGE))
    return (time.perf_counter() - began) / rounds * 1e6


def _session(here: Installation, scenario: str, terminal: str = "pc") -> dict[str, Any]:
    """A fresh checkout of this scenario."""
    order = {"order_no": new_id("run"), "amount": {"minor": 12_900, "currency": "CNY"}, "title": "Two novels"}
    wish = {"scenario": scenario, "order": order, "terminal": terminal, "locale": "en", "shopper": {"id": MEMBERS[0]}}
    headers = {"Authorization": f"Bearer {here.api_key}", "Idempotency-Key": order["order_no"]}
    url = f"{here.base_url}/v1/checkout-sessions"
    answer = httpx.post(url, json=wish, headers=headers, trust_env=False)
    assert answer.is_success, answer.text
    session: dict[str, Any] = answer.json()
    return session


def _cpu_s(pid: int) -> float:
    """What the server has used of all processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
