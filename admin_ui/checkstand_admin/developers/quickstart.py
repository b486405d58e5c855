"""Quickstarts to copy: the address, a scenario and, just after it was made, the key are filled in."""

from __future__ import annotations

import json
from typing import Any, Final

from litestar import Response, get

from checkstand.app.platform import Platform
from checkstand.scenario.plan import Plan
from checkstand_admin.console import AnyRequest, Console, Visitor

USUAL_MINOR: Final = 12_900
NO_KEY: Final = "sk_test_…"  # where a key goes that nobody has made yet

_CURL: Final = """\
curl -sS {url}/v1/checkout-sessions \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: {order_no}" \\
  -d '{body}'
"""
_PYTHON: Final = """\
import httpx  # pip install httpx

answer = httpx.post(
    "{url}/v1/checkout-sessions",
    headers={{"Authorization": "Bearer {key}", "Idempotency-Key": "{order_no}"}},
    json={body},
)
answer.raise_for_status()
print(answer.json()["url"])  # send the shopper there
"""
_JAVASCRIPT: Final = """\
const answer = await fetch("{url}/v1/checkout-sessions", {{
  method: "POST",
  headers: {{
    Authorization: "Bearer {key}",
    "Content-Type": "application/json",
    "Idempotency-Key": "{order_no}",
  }},
  body: JSON.stringify({body}),
}});
if (!answer.ok) throw new Error(await answer.text());
console.log((await answer.json()).url); // send the shopper there
"""
_VERIFY_PYTHON: Final = """\
from standardwebhooks import Webhook  # pip install standardwebhooks

fact = Webhook("whsec_…").verify(body, headers)  # raises when the signature is wrong
if fact["type"] == "payment.succeeded":
    ...  # keep headers["webhook-id"]; the same id again is the same fact
"""
_VERIFY_JAVASCRIPT: Final = """\
import { Webhook } from "standardwebhooks"; // npm install standardwebhooks

const fact = new Webhook("whsec_…").verify(body, headers); // throws when the signature is wrong
if (fact.type === "payment.succeeded") {
  // keep headers["webhook-id"]; the same id again is the same fact
}
"""


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/developers", needs="keys.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        plans = choices(platform, who)
        wanted = request.query_params.get("scenario", "")
        plan = next((plan for plan in plans if plan.scenario_id == wanted), plans[0] if plans else None)
        values: dict[str, Any] = {
            "plan": plan,
            "scenarios": [(each.scenario_id, each.scenario_id) for each in plans],
            "snippets": snippets(platform.settings.base_url, plan) if plan else [],
            "verifying": [("Python", _VERIFY_PYTHON), ("JavaScript", _VERIFY_JAVASCRIPT)],
        }
        return console.page(request, who, "developers/quickstart.html", **values)

    return [index]


def choices(platform: Platform, who: Visitor) -> list[Plan]:
    """The scenarios of the unit that a test key can open."""
    return platform.plans.all_published(who.unit, "test")


def snippets(base_url: str, plan: Plan, key: str = NO_KEY) -> list[tuple[str, str]]:
    """Language → a program that prints the address of a checkout."""
    order = {
        "order_no": "first-order-1",
        "title": "Atlas of Mountains and Seas",
        "amount": {"minor": min(max(USUAL_MINOR, plan.min_minor), plan.max_minor), "currency": plan.currency},
    }
    wanted = {"scenario": plan.scenario_id, "order": order, "terminal": plan.terminals[0], "shopper": {"id": "mei"}}
    body = json.dumps(wanted, indent=2)
    return [
        (language, text.format(url=base_url, key=key, order_no=order["order_no"], body=_indented(body, spaces)))
        for language, text, spaces in (("curl", _CURL, 2), ("Python", _PYTHON, 4), ("JavaScript", _JAVASCRIPT, 2))
    ]


def _indented(text: str, spaces: int) -> str:
    return text.replace("\n", "\n" + " " * spaces)
