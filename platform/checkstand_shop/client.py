"""The whole integration with Checkstand, as a merchant writes it: two POST requests and a signature to verify."""

from __future__ import annotations

from typing import Any

import httpx

from checkstand_shop.config import ShopConfig
from checkstand_shop.orders import Order


class Refused(Exception):
    """The platform said no, or nothing; `detail` and `remedy` are its own words."""

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


class Checkstand:
    """Async, because the storefront of the demo shares one event loop with the platform it asks."""

    def __init__(self, config: ShopConfig, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=config.base_url,
            headers={"authorization": f"Bearer {config.api_key}"},
            timeout=20,
            trust_env=False,
            transport=transport,
        )
        self._home = config.home

    async def create_session(self, order: Order) -> tuple[str, str]:
        """The session's id and the address to send the shopper to. Repeating it for one order changes nothing."""
        line = {"name": order.title, "quantity": order.quantity, "amount_minor": order.amount_minor}
        body = {
            "scenario": order.scenario,
            "order": {
                "order_no": order.order_no,
                "amount": {"minor": order.amount_minor, "currency": order.currency},
                "title": order.title,
                "category": order.category,
                "lines": [line],
            },
            "shopper": {"id": order.shopper, "country": "CN", "tier": "regular", "age_days": 400},
            "terminal": order.terminal,
            "locale": order.locale,
            "return_url": f"{self._home}/orders/{order.order_no}",
        }
        session = await self._post("/v1/checkout-sessions", body, f"session-{order.order_no}")
        return session["id"], session["url"]

    async def refund(self, order: Order, payment_id: str) -> None:
        """Ask for everything back; the answer that counts comes by webhook."""
        amount = {"minor": order.amount_minor, "currency": order.currency}
        body = {"amount": amount, "refund_no": f"R-{order.order_no}", "reason": "returned by the shopper"}
        await self._post(f"/v1/payments/{payment_id}/refunds", body, f"refund-{order.order_no}")

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        try:
            response = await self._http.post(path, json=body, headers={"idempotency-key": key})
            answer: Any = response.json()
        except (httpx.HTTPError, ValueError) as broken:
            raise Refused(
                f"The payment platform cannot be reached ({type(broken).__name__}).", "Please try again."
            ) from None
        if not response.is_success:
            raise Refused(str(answer.get("detail", response.status_code)), str(answer.get("remedy", "")))
        return dict(answer)
