"""One signed exchange with the bank and what can be believed of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from checkstand.channel.port import ChannelAccount, ChannelHttp, Exchange
from checkstand.channel.transcript import record
from checkstand_channels.bank import signing

SECRETS: Final = ("client_private_key", "sim_bank_private_key")


@dataclass(frozen=True, slots=True)
class Said:
    """A genuine answer, or why there is none."""

    status: int = 0
    body: bytes = b""
    doubt: str | None = None  # no_answer | http_error | unsigned | bad_signature


@dataclass(slots=True)
class Client:
    """Speaks for one account during one verb; collects the transcript."""

    account: ChannelAccount
    http: ChannelHttp
    now: datetime
    exchanges: list[Exchange] = field(default_factory=list)

    def upload(self, verb: str, path: str, content: bytes) -> Said:
        return self._exchange(verb, "POST", path, content)

    def fetch(self, verb: str, path: str, **query: str) -> Said:
        return self._exchange(verb, "GET", f"{path}?{urlencode(query)}", b"")

    def _exchange(self, verb: str, method: str, path: str, content: bytes) -> Said:
        credentials, url = self.account.credentials, f"{self.account.base_url}{path}"
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        customer, timestamp = credentials["customer_id"], self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        text = signing.request_text(method, target, customer, timestamp, content)
        signature = signing.sign(credentials["client_private_key"], text)
        headers = {
            "Content-Type": "application/xml",
            "X-Bank-Customer": customer,
            "X-Bank-Timestamp": timestamp,
            "X-Bank-Signature": signature,
        }
        answer = self.http.send(verb, method, url, headers=headers, content=content)
        secrets = [credentials.get(name, "") for name in SECRETS]
        self.exchanges.append(
            record(verb, method, url, headers=headers, content=content, answer=answer, secrets=secrets)
        )
        if answer.status is None:
            return Said(doubt="no_answer")
        signed = answer.headers.get("x-bank-signature")
        if not signed:  # something in front of the bank, or a bank that does not know us
            return Said(doubt="http_error" if answer.status >= 400 else "unsigned")
        if not signing.verify(
            credentials["bank_public_key"], signing.answer_text(signature, answer.status, answer.body), signed
        ):
            return Said(doubt="bad_signature")
        return Said(answer.status, answer.body)
