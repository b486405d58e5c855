"""What was said to a channel and what it answered, kept for operators without its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from checkstand.channel.port import Exchange, HttpAnswer

LIMIT: Final = 8_000  # characters per side; enough for every message, too little for a flood
SHORTEST_SECRET: Final = 6  # shorter values would blank out innocent text
HIDDEN: Final = "[hidden]"

_KEPT_HEADERS = ("authorization", "content-type", "request-id", "wechatpay-serial", "wechatpay-timestamp")
_SIGNATURE = re.compile(r'(signature="|[?&]sign=|"sign":")[^"&\s]+')
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)
_PAYER = re.compile(r'("(?:openid|buyer_open_id|buyer_user_id|buyer_id)"\s*:\s*")([^"]+)(")')
_PAYER_FORM = re.compile(r"(%22(?:openid|buyer_open_id|buyer_id)%22%3A(?:\+|%20)?%22)(.+?)(%22)")
# ISO 20022: accounts and who holds them.
_ACCOUNT = re.compile(r"(<Othr>\s*<Id>)([^<]+)(<)")
_NAME = re.compile(r"(<Nm>)([^<]+)(<)")


def record(
    verb: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes,
    answer: HttpAnswer,
    secrets: Iterable[str],
) -> Exchange:
    """Write down one exchange; `secrets` are the account's secret values, wherever they might appear."""
    hidden = [value for value in secrets if len(value) >= SHORTEST_SECRET]
    return Exchange(
        verb=verb,
        method=method,
        url=scrub(url, hidden),
        request=scrub(_message(headers, content), hidden),
        status=answer.status,
        response=scrub(_message(answer.headers, answer.body), hidden),
        duration_ms=answer.duration_ms,
        error=answer.error,
    )


def scrub(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without secrets and signatures; payer ids keep their ends so that two can be told apart."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _PEM.sub(HIDDEN, text)
    text = _SIGNATURE.sub(lambda found: found.group(1) + HIDDEN, text)
    for pattern in (_PAYER, _PAYER_FORM, _ACCOUNT, _NAME):
        text = pattern.sub(lambda found: found.group(1) + mask(found.group(2)) + found.group(3), text)
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}… ({len(text) - LIMIT} more characters)"


def mask(value: str) -> str:
    """`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o` → `oUp***S6o`."""
    return f"{value[:3]}***{value[-3:]}" if len(value) > 8 else "***"


def _message(headers: Mapping[str, str], content: bytes) -> str:
    kept = [f"{name}: {value}" for name, value in headers.items() if name.lower() in _KEPT_HEADERS]
    return "\n".join([*kept, "", content.decode("utf-8", "replace")])
