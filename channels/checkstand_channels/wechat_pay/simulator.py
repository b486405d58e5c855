"""A provider that speaks WeChat Pay APIv3: verifies what merchants send, signs what it answers."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import quote

from checkstand.channel.simulator.asgi import Request, Response, see_other
from checkstand.channel.simulator.courier import Outgoing
from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.frame import Call, Reply, SimulatorFrame
from checkstand.channel.simulator.model import Delivery, SimOrder, SimRefund
from checkstand_channels.wechat_pay import signing, sim_verbs
from checkstand_channels.wechat_pay.messages import CHINA, compact
from checkstand_channels.wechat_pay.sim_bills import DOWNLOAD
from checkstand_channels.wechat_pay.sim_messages import REFUND_STATES, refund_content, transaction_content

SKEW_S: Final = 300
OCTETS: Final = {"content-type": "application/octet-stream"}
MWEB: Final = "/cgi-bin/mmpayweb-bin/checkmweb"

# fmt: off
ROUTES: Final = (
    ("POST", re.compile(r"/v3/pay/transactions/(?P<product>native|jsapi|h5|app)"),             "pay"),
    ("GET",  re.compile(r"/v3/pay/transactions/(?P<by>id|out-trade-no)/(?P<number>[^/]+)"),     "query"),
    ("POST", re.compile(r"/v3/pay/transactions/out-trade-no/(?P<number>[^/]+)/close"),          "close"),
    ("POST", re.compile(r"/v3/refund/domestic/refunds"),                                       "refund"),
    ("GET",  re.compile(r"/v3/refund/domestic/refunds/(?P<number>[^/]+)"),                      "query_refund"),
    ("GET",  re.compile(r"/v3/bill/tradebill"),                                                "bill"),
    ("GET",  re.compile(r"/v3/bill/fundflowbill"),                                             "fund_bill"),
    ("GET",  re.compile(re.escape(DOWNLOAD)),                                                  "download"),
    ("GET",  re.compile(r"/v3/certificates"),                                                  "certificates"),
)
# fmt: on


class Simulator(SimulatorFrame):
    """WeChat Pay as a merchant's server and a shopper's phone see it."""

    gaps_s: ClassVar[tuple[int, ...]] = (
        15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600,
    )  # fmt: skip

    abnormal_refunds: ClassVar[bool] = True

    async def handle(self, request: Request) -> Response:
        if request.path == MWEB:  # the address that a mobile browser is sent to
            return await self._enter_from_browser(request)
        return await super().handle(request)

    async def authenticate(self, request: Request) -> Call | Response:
        given = _authorization(request.headers.get("authorization", ""))
        for fresh in (False, True):  # keys may have been rotated a moment ago
            for credentials in await self.accounts.of(given.get("mchid", ""), fresh=fresh):
                if given.get("serial_no") == credentials["merchant_serial"]:
                    return self._verified(request, given, credentials)
        return _error(401, "SIGN_ERROR", "商户号或商户证书序列号未知")

    def _verified(self, request: Request, given: Mapping[str, str], credentials: Credentials) -> Call | Response:
        timestamp = given.get("timestamp", "")
        if not timestamp.isdigit() or abs(self.clock.wall().timestamp() - int(timestamp)) > SKEW_S:
            return _error(401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        text = signing.request_text(request.method, request.target, timestamp, given.get("nonce_str", ""), request.body)
        if not signing.verify(credentials["sim_merchant_public_key"], text, given.get("signature", "")):
            return _sign_mismatch(request, text)
        if not request.headers.get("user-agent"):
            return _error(403, "REQUEST_BLOCKED", "User-Agent不能为空")
        for method, pattern, verb in ROUTES:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                return _call(verb, found.groupdict(), request, credentials)
        return _error(404, "RESOURCE_NOT_EXISTS", "无此接口")

    async def perform(self, call: Call) -> Reply:
        return await sim_verbs.VERBS[call.verb](self, call)

    async def seal(self, call: Call, reply: Reply, spoil: str) -> Response:
        """Sign every 2xx, the empty 204 too; errors go out unsigned."""
        if reply.body and "file" in reply.body:  # a download is the only answer that is not signed
            content: bytes = reply.body["file"]
            return Response(200, content[: len(content) // 2] if spoil == "garbled" else content, OCTETS)
        body = b"" if reply.body is None else compact(reply.body)
        if spoil == "garbled":
            body = body[: len(body) // 2] or b"{"
        headers = {"Request-ID": secrets.token_hex(12).upper(), "Content-Type": "application/json; charset=utf-8"}
        if 200 <= reply.status < 300 and spoil != "unsigned":
            headers |= self.signature_headers(call.credentials, body, spoilt=spoil == "bad_signature")
        return Response(200 if spoil == "garbled" and reply.status == 204 else reply.status, body, headers)

    def signature_headers(self, credentials: Credentials, body: bytes, *, spoilt: bool = False) -> dict[str, str]:
        """Fresh headers; the key is the certificate's or the public key's, it is the same pair."""
        timestamp, nonce = str(int(self.clock.wall().timestamp())), secrets.token_hex(16)
        text = signing.answer_text(timestamp, nonce, body + (b" " if spoilt else b""))
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signing.sign(credentials["sim_platform_private_key"], text),
            "Wechatpay-Serial": platform_serial(credentials),
            "Wechatpay-Signature-Type": signing.SCHEME,
        }

    def unlisted(self) -> Reply:
        return Reply(403, {"code": "SOMETHING_NEW", "message": "模拟器：文档之外的错误码"})

    def notification(
        self, notify_id: str, order: SimOrder, refund: SimRefund | None, credentials: Credentials, extra_minor: int
    ) -> str:
        if refund:
            kind, content = "refund", refund_content(order, refund, extra_minor)
            event = f"REFUND.{REFUND_STATES[refund.state]}"
        else:
            kind, event, content = "transaction", "TRANSACTION.SUCCESS", transaction_content(self, order, extra_minor)
        nonce = secrets.token_hex(6)
        envelope = {
            "id": notify_id,
            "create_time": self.clock.now().astimezone(CHINA).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "退款通知" if refund else "支付成功",
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": signing.seal(credentials["api_v3_key"], nonce, kind, compact(content)),
                "associated_data": kind,
                "nonce": nonce,
            },
        }
        return compact(envelope).decode()

    async def compose(self, delivery: Delivery) -> Outgoing:
        credentials = (await self.accounts.of(delivery.merchant))[0]
        body = delivery.body.encode()
        if delivery.tamper == "forged":
            stranger = {**credentials, "sim_platform_private_key": stranger_key()}
            headers = self.signature_headers(stranger, body)
        else:
            headers = self.signature_headers(credentials, body, spoilt=delivery.tamper == "bad_signature")
        if delivery.tamper == "probe":
            headers["Wechatpay-Signature"] = signing.PROBE + headers["Wechatpay-Signature"]
        return Outgoing({**headers, "Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}, body)

    def acknowledged(self, status: int, body: bytes) -> bool:
        return status in (200, 204)

    def new_number(self, kind: str) -> str:
        day = self.clock.now().astimezone(CHINA).strftime("%Y%m%d")
        match kind:
            case "order":
                return f"420000{secrets.randbelow(10**4):04d}{day}{secrets.randbelow(10**10):010d}"
            case "refund":
                return f"503000{secrets.randbelow(10**4):04d}{day}{secrets.randbelow(10**10):010d}"
            case _:
                return f"EV-{day}{secrets.token_hex(12)}"

    def way_back(self, order: SimOrder, credentials: Credentials) -> str | None:
        """A mobile browser returns to the address the merchant appended; every other shopper is elsewhere."""
        return order.extra.get("redirect_url") or None

    def extra_of_past(self, credentials: Credentials) -> dict[str, Any]:
        return {"appid": credentials["appid"]}

    async def _enter_from_browser(self, request: Request) -> Response:
        order = self.state.by_token.get(request.query.get("prepay_id", ""))
        if order is None:
            return see_other(f"{self.url}/shopper/unknown")
        order.extra["redirect_url"] = order.return_url = request.query.get("redirect_url", "")
        await self.state.commit("order.opened", order=order)
        return see_other(f"{self.url}/shopper/{quote(order.token, safe='')}")

    def lifetime(self) -> timedelta:
        return timedelta(days=7)


def platform_serial(credentials: Credentials) -> str:
    return credentials.get("public_key_id") or signing.certificate_key(credentials["sim_platform_certificate"])[0]


_stranger: list[str] = []


def stranger_key() -> str:
    """A key that signs forgeries; made once, when the first forgery is asked for."""
    if not _stranger:
        from checkstand_channels.wechat_pay.testing import new_credentials

        _stranger.append(new_credentials("certificate")["sim_platform_private_key"])
    return _stranger[0]


def _call(verb: str, found: Mapping[str, str], request: Request, credentials: Credentials) -> Call | Response:
    params: dict[str, Any] = {**request.query, **found}
    if request.body:
        try:
            body = json.loads(request.body)
        except ValueError:
            return _error(400, "PARAM_ERROR", "请求体不是合法的JSON")
        if not isinstance(body, dict):
            return _error(400, "PARAM_ERROR", "请求体不是JSON对象")
        params |= body
    amount = params.get("amount")
    total = amount.get("total") if isinstance(amount, dict) and verb == "pay" else None
    return Call(
        verb=verb,
        number=str(params.get({"pay": "out_trade_no", "refund": "out_refund_no"}.get(verb, "number"), "")),
        merchant=credentials["mchid"],
        credentials=credentials,
        params=params,
        amount_minor=total if type(total) is int else None,
        detail=str(params.get("out_trade_no", "")) if verb == "refund" else "",
    )


def _authorization(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    return dict(re.findall(r'(\w+)="([^"]*)"', rest)) if scheme == signing.SCHEME else {}


def _error(status: int, code: str, message: str, detail: Mapping[str, Any] | None = None) -> Response:
    body = {"code": code, "message": message, **({"detail": detail} if detail else {})}
    return Response(status, compact(body), {"Content-Type": "application/json; charset=utf-8"})


def _sign_mismatch(request: Request, text: bytes) -> Response:
    shown = text.decode("utf-8", "replace").replace("\n", "\\n\n")
    detail = {
        "field": "signature",
        "issue": "sign not match",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "url": request.target,
            "truncated_sign_message": shown[:512],
            "sign_message_length": len(text),
        },
    }
    return _error(401, "SIGN_ERROR", "签名错误，请检查后再试", detail)
