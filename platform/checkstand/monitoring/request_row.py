"""What the request log keeps of a call: everything that helps to find a mistake, nothing that is a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checkstand.infra.log import SECRET_NAMES, STRUCK, scrub

MOST_BODY: Final = 8 * 1024  # characters kept of a body
MOST_PATH: Final = 300
CUT: Final = "\n… cut here"
NOT_KEPT: Final = "[not kept]"

# Payer's input, whatever it is called there: names, numbers of documents and cards.
PRIVATE: Final = frozenset({"fields", "card_number", "holder_name"})

_TOUCHED: Final = {"payment": re.compile(r"pay_[0-9a-z]{26}"), "session": re.compile(r"cs_[0-9a-z]{26}"),
                   "refund": re.compile(r"rfd_[0-9a-z]{26}")}  # fmt: skip
# Shorter than the cards that the log knows: American Express, Diners Club.
_SHORT_CARD: Final = re.compile(r"(?<![\w.])3(?:[47]\d{2}[ -]?\d{6}[ -]?\d{5}|[068]\d{2}[ -]?\d{6}[ -]?\d{4})(?![\w.])")
_NAMED: Final = re.compile(r'"([^"\\]{1,60})"\s*:\s*("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)')


Owner = tuple[str, str, str]  # tenant, mode, API key


@dataclass(slots=True)
class Call:
    """One call to the API, filled in while it runs. Without an owner it is looked up by the secret it came with."""

    request_id: str
    created_at: datetime
    method: str
    path: str
    secret: str = ""  # in memory only
    tenant_id: str = ""
    mode: str = ""
    api_key_id: str = ""
    route: str = ""
    status: int = 0
    duration_ms: int = 0
    idempotency_key: str | None = None
    trace_id: str | None = None
    body: bytes = b""
    answer: bytes = b""

    def belongs_to(self, owner: Owner) -> None:
        self.tenant_id, self.mode, self.api_key_id = owner

    @property
    def weight(self) -> int:
        return len(self.body) + len(self.answer)


def row_of(call: Call) -> dict[str, Any]:
    """The row of a finished call."""
    refused = call.status >= 400
    sent, answered = _parsed(call.body), _parsed(call.answer)
    problem = scrub(answered) if refused and isinstance(answered, Mapping) else None
    code = problem.get("code") if problem else None
    return {
        "tenant_id": call.tenant_id,
        "request_id": call.request_id,
        "mode": call.mode,
        "created_at": call.created_at,
        "method": call.method[:8],
        "route": call.route[:120],
        "path": _text(call.path)[:MOST_PATH],
        "status": call.status,
        "status_class": call.status // 100,
        "duration_ms": call.duration_ms,
        "api_key_id": call.api_key_id,
        "idempotency_key": _text(call.idempotency_key)[:255] if call.idempotency_key else None,
        "trace_id": call.trace_id,
        "code": str(code)[:60] if code else None,
        "problem": problem,
        "body": body_text(call.body, sent) if refused and call.body else None,
        "touched": touched(call.path, sent, answered),
    }


def body_text(raw: bytes, sent: Any) -> str:
    """A body for people: indented, secrets and payers' input struck out, at most `MOST_BODY` characters."""
    if sent is None:
        text = raw.decode("utf-8", "replace")
        # Not JSON, so what is whose cannot be told for sure: go by the names, and leave out payers' input wholly.
        text = NOT_KEPT if any(f'"{name}"' in text for name in PRIVATE) else _NAMED.sub(_strike_named, text)
    else:
        text = json.dumps(_without_private(scrub(sent)), ensure_ascii=False, indent=2)
    text = _text(text)
    return text if len(text) <= MOST_BODY else text[: MOST_BODY - len(CUT)] + CUT


def touched(path: str, sent: Any, answered: Any) -> dict[str, str]:
    """What the call was about: ids in its path or answer, the order number in its body."""
    found: dict[str, str] = {}
    ids = [path, *(answered.get(name) for name in ("payment_id", "id") if isinstance(answered, Mapping))]
    for name, pattern in _TOUCHED.items():
        match = next((hit for each in ids if isinstance(each, str) and (hit := pattern.search(each))), None)
        if match:
            found[name] = match[0]
    order = sent.get("order") if isinstance(sent, Mapping) else None
    number = order.get("order_no") if isinstance(order, Mapping) else None
    number = number or (answered.get("order_no") if isinstance(answered, Mapping) else None)
    if isinstance(number, str) and 0 < len(number) <= 64:
        found["order_no"] = _text(number)
    return found


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return None


def _without_private(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _struck(inner) if key in PRIVATE else _without_private(inner) for key, inner in value.items()}
    return [_without_private(inner) for inner in value] if isinstance(value, list) else value


def _struck(value: Any) -> Any:
    return dict.fromkeys(value, NOT_KEPT) if isinstance(value, Mapping) else NOT_KEPT


def _text(text: str) -> str:
    """Scrubbed once more as text: a card number may stand in a number, a name or an address."""
    return str(scrub(_SHORT_CARD.sub(STRUCK, text.replace("\x00", ""))))


def _strike_named(found: re.Match[str]) -> str:
    return f'"{found[1]}": "{STRUCK}"' if SECRET_NAMES.search(found[1]) else found[0]
