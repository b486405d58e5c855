"""One signed call to WeChat Pay and what can be believed of its answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from checkstand.channel.port import ChannelAccount, ChannelHttp, Exchange, HttpAnswer
from checkstand.channel.transcript import record
from checkstand_channels.wechat_pay import signing
from checkstand_channels.wechat_pay.messages import CERTIFICATES_PATH, Unreadable, compact, read_object, target_of
from checkstand_channels.wechat_pay.trust import Trust, distrust, read_certificates, uses_public_key

AGENT: Final = "checkstand/0.1 (+wechat_pay)"
SECRETS: Final = ("merchant_private_key", "api_v3_key", "sim_platform_private_key")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: `data` of a verified success, or `code` of a refusal, or neither when nobody can know."""

    status: int | None
    data: Mapping[str, Any] | None = None
    code: str | None = None
    doubt: str | None = None  # no_answer, bad_signature, stale, unknown_key, unreadable, …


@dataclass(slots=True)
class Client:
    """Speaks for one account during one verb; collects the transcript."""

    account: ChannelAccount
    http: ChannelHttp
    trust: Trust
    now: datetime
    exchanges: list[Exchange] = field(default_factory=list)

    def call(self, verb: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Said:
        """Send, then verify before reading; whatever cannot be verified is a doubt, not an answer."""
        if self.trust.is_stale(self.account, self.now):
            self.fetch_certificates()
        answer = self._send(verb, method, path, b"" if body is None else compact(body))
        if answer.status is None:
            return Said(None, doubt="no_answer")
        if not 200 <= answer.status < 300:
            return _refusal(answer)
        doubt = self._doubt(answer)
        if doubt == "unknown_key" and not uses_public_key(self.account) and self.fetch_certificates():
            doubt = self._doubt(answer)
        if doubt:
            return Said(answer.status, doubt=doubt)
        try:
            return Said(answer.status, data=read_object(answer.body) if answer.body else {})
        except Unreadable:
            return Said(answer.status, doubt="unreadable")

    def download(self, url: str) -> bytes | None:
        """A file at the address that a verified answer gave; the answer itself is not signed, its hash is known."""
        if not url.startswith(f"{self.account.base_url}/"):
            return None  # a signed request goes to nobody else
        answer = self._send("download", "GET", url.removeprefix(self.account.base_url), b"")
        return answer.body if answer.status == 200 else None

    def fetch_certificates(self) -> bool:
        """Learn the platform's certificates; the list is decrypted first, then its own signature checked with it."""
        answer = self._send("certificates", "GET", CERTIFICATES_PATH, b"")
        if answer.status != 200:
            return False
        try:
            keys = read_certificates(self.account, answer.body)
        except (signing.Undecipherable, Unreadable, KeyError, TypeError, ValueError):
            return False
        if distrust(answer.headers, answer.body, keys.get(answer.headers.get("wechatpay-serial", "")), self.now):
            return False
        self.trust.learn(self.account, keys, self.now)
        return True

    def _doubt(self, answer: HttpAnswer) -> str | None:
        key = self.trust.key(self.account, answer.headers.get("wechatpay-serial", ""))
        return distrust(answer.headers, answer.body, key, self.now)

    def _send(self, verb: str, method: str, path: str, content: bytes) -> HttpAnswer:
        url = self.account.base_url + path
        headers = {"Accept": "application/json", "User-Agent": AGENT, **self._authorization(method, url, content)}
        if content:
            headers["Content-Type"] = "application/json"
        if uses_public_key(self.account):
            headers["Wechatpay-Serial"] = self.account.credentials["public_key_id"]
        answer = self.http.send(verb, method, url, headers=headers, content=content)
        told = replace(answer, body=b"(%d bytes)" % len(answer.body)) if verb == "download" else answer
        secret = [self.account.credentials.get(name, "") for name in SECRETS]
        self.exchanges.append(record(verb, method, url, headers=headers, content=content, answer=told, secrets=secret))
        return answer

    def _authorization(self, method: str, url: str, content: bytes) -> dict[str, str]:
        credentials = self.account.credentials
        timestamp, nonce = str(int(self.now.timestamp())), secrets.token_hex(16).upper()
        text = signing.request_text(method, target_of(url), timestamp, nonce, content)
        fields = {
            "mchid": credentials["mchid"],
            "nonce_str": nonce,
            "signature": signing.sign(credentials["merchant_private_key"], text),
            "timestamp": timestamp,
            "serial_no": credentials["merchant_serial"],
        }
        return {"Authorization": f"{signing.SCHEME} " + ",".join(f'{k}="{v}"' for k, v in fields.items())}


def _refusal(answer: HttpAnswer) -> Said:
    """Error answers are not signed; TLS is what vouches for them."""
    try:
        code = read_object(answer.body).get("code")
    except Unreadable:
        code = None
    return Said(answer.status, code=code) if isinstance(code, str) else Said(answer.status, doubt="unreadable")
