"""One signed call to Alipay's gateway and what can be believed of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from checkstand.channel.port import ChannelAccount, ChannelHttp, Exchange
from checkstand.channel.transcript import record
from checkstand_channels.alipay import signing
from checkstand_channels.alipay.envelope import Unreadable, read_envelope
from checkstand_channels.alipay.messages import common_params, compact, signed

GATEWAY: Final = "/gateway.do"
SECRETS: Final = ("app_private_key", "sim_alipay_private_key")
SUCCESS: Final = "10000"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: `data` of a verified success, or `code` of a verified refusal, or neither."""

    data: Mapping[str, Any] | None = None
    code: str | None = None
    doubt: str | None = None  # no_answer, http_error, bad_signature, unsigned, unreadable


@dataclass(slots=True)
class Client:
    """Speaks for one account during one verb; collects the transcript."""

    account: ChannelAccount
    http: ChannelHttp
    now: datetime
    exchanges: list[Exchange] = field(default_factory=list)

    def call(self, verb: str, method: str, biz: Mapping[str, Any]) -> Said:
        params = common_params(self.account.credentials, method, self.now)
        return self.send(verb, {**params, "biz_content": compact(biz)})

    def send(self, verb: str, params: Mapping[str, str]) -> Said:
        """Common parameters in the query, `biz_content` in the form: where the official libraries put them."""
        everything = signed(params, self.account.credentials["app_private_key"])
        query = {name: value for name, value in everything.items() if name != "biz_content"}
        url = f"{self.account.base_url}{GATEWAY}?{urlencode(query)}"
        content = urlencode({"biz_content": everything["biz_content"]}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8", "Accept": "application/json"}
        answer = self.http.send(verb, "POST", url, headers=headers, content=content)
        secret = [self.account.credentials.get(name, "") for name in SECRETS]
        self.exchanges.append(
            record(verb, "POST", url, headers=headers, content=content, answer=answer, secrets=secret)
        )
        if answer.status is None:
            return Said(doubt="no_answer")
        if answer.status != 200:  # the gateway answers 200 always; this is something in front of it
            return Said(doubt="http_error")
        return self._believe(answer.body, params["method"])

    def _believe(self, body: bytes, method: str) -> Said:
        try:
            envelope = read_envelope(body, method)
        except Unreadable:
            return Said(doubt="unreadable")
        if not envelope.sign:
            return Said(doubt="unsigned")
        if not signing.verify(self.account.credentials["alipay_public_key"], envelope.text, envelope.sign):
            return Said(doubt="bad_signature")
        code = str(envelope.node.get("code", ""))
        if code == SUCCESS:
            return Said(data=envelope.node)
        return Said(code=str(envelope.node.get("sub_code") or code or "unknown"))
