"""Lantern Books' own server, played by the tests: it asks for checkouts, reads payments, and steers the simulators."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import httpx


class Merchant:
    """A client with the keys that a demo wrote down."""

    def __init__(self, address: Mapping[str, Any]) -> None:
        self.shop_url = str(address["shop_url"])
        self.client = httpx.Client(base_url=address["base_url"], trust_env=False, timeout=60)
        self._key = {"authorization": f"Bearer {address['api_key']}"}
        self._control = {"authorization": f"Bearer {address['sim_token']}"}

    def api(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of the merchant's server."""
        return self.client.request(method, path, json=body, headers=self._key)

    def session(self, scenario: str = "mall-order", amount_minor: int = 3200, **changes: Any) -> dict[str, Any]:
        """A checkout of Mei's new order; `changes` replace parts of the body, `category` and `lines` of its order."""
        order = {
            "order_no": f"LB-{secrets.token_hex(6)}",
            "amount": {"minor": amount_minor, "currency": "CNY"},
            "title": "Atlas of Mountains and Seas",
        }
        order |= {name: changes.pop(name) for name in ("category", "lines", "title") if name in changes}
        body = {
            "scenario": scenario,
            "order": order,
            "shopper": {"id": "mei"},
            "terminal": "pc",
            "locale": "en",
            "return_url": self.shop_url,
        }
        answer = self.api("POST", "/v1/checkout-sessions", {**body, **changes})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def page_model(self, session: dict[str, Any]) -> dict[str, Any]:
        """The page as native clients get it."""
        return self._ok(self.api("GET", f"/v1/checkout-sessions/{session['id']}/page-model"))

    def pay(self, session: dict[str, Any], method: str, **more: Any) -> dict[str, Any]:
        """What a native client posts."""
        return self._ok(self.api("POST", f"/v1/checkout-sessions/{session['id']}/payments", {"method": method, **more}))

    def expire(self, session: dict[str, Any]) -> dict[str, Any]:
        """The merchant ends a checkout."""
        return self._ok(self.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry"))

    def payments(self, session: dict[str, Any]) -> list[dict[str, Any]]:
        """Every payment of this order, newest first, each with its whole story."""
        listed = self._ok(self.api("GET", f"/v1/payments?order_no={session['order_no']}"))["data"]
        return [self._ok(self.api("GET", f"/v1/payments/{row['id']}")) for row in listed]

    def charged(self, session: dict[str, Any]) -> int:
        """What the channels took for this order and did not give back, by their own logs."""
        numbers = {each["id"] for payment in self.payments(session) for each in payment["attempts"]}
        total = 0
        for channel in ("wechat_pay", "alipay"):
            answer = self.client.get(f"/sim/_control/{channel}/truth", headers=self._control)
            orders = self._ok(answer)["orders"]
            total += sum(o["charged_minor"] - o["refunded_minor"] for o in orders if o["number"] in numbers)
        return total

    def fault(self, channel: str, **fault: Any) -> None:
        """Make a simulator misbehave."""
        answer = self.client.post(f"/sim/_control/{channel}/faults", json=fault, headers=self._control)
        assert answer.status_code == 201, answer.text

    def no_faults(self) -> None:
        for channel in ("wechat_pay", "alipay"):
            self.client.delete(f"/sim/_control/{channel}/faults", headers=self._control)

    def _ok(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        return dict(answer.json())
