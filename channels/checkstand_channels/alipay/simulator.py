"""A provider that speaks Alipay's gateway protocol: one address, signed parameters, signed answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlencode

from checkstand.channel.simulator import shopper
from checkstand.channel.simulator.asgi import NoAnswer, Request, Response, see_other
from checkstand.channel.simulator.courier import Outgoing
from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.frame import ANY_REQUEST, Call, Reply, SimulatorFrame
from checkstand.channel.simulator.model import Delivery, SimOrder, SimRefund
from checkstand_channels.alipay import signing, sim_bills, sim_verbs
from checkstand_channels.alipay.client import GATEWAY
from checkstand_channels.alipay.envelope import ERROR_NODE, node_name
from checkstand_channels.alipay.messages import china_time, compact
from checkstand_channels.alipay.sim_messages import failure, notification_fields, yuan

HTML_TYPE: Final = "text/html;charset=utf-8"
BROWSER: Final = {"alipay.trade.page.pay": "page", "alipay.trade.wap.pay": "wap", "alipay.trade.app.pay": "app"}
COMMON: Final = ("app_id", "method", "charset", "sign_type", "sign", "timestamp", "version")
MISSING: Final = {
    "app_id": "isv.missing-app-id",
    "method": "isv.missing-method",
    "sign": "isv.missing-signature",
    "sign_type": "isv.missing-signature-type",
    "timestamp": "isv.missing-timestamp",
    "version": "isv.missing-version",
}


class Simulator(SimulatorFrame):
    """Alipay as a merchant's server and a shopper's browser or phone see it."""

    bill_lives: ClassVar[timedelta] = timedelta(seconds=30)
    gaps_s: ClassVar[tuple[int, ...]] = (240, 600, 600, 3600, 7200, 21600, 54000)

    async def handle(self, request: Request) -> Response:
        if request.path == GATEWAY:
            params = merged(request)
            if params.get("method") in BROWSER:
                return await self._enter_from_browser(request, params)
            return await self.api(request)
        if request.path.startswith("/trade/"):  # what a mini-program invokes
            return self._enter_by_trade(request.path.removeprefix("/trade/"))
        if request.path == sim_bills.DOWNLOAD:
            return self._bill(request)
        if request.path.startswith("/shopper/"):
            return await super().handle(request)
        return Response(404, b"not found", {"content-type": "text/plain"})

    async def authenticate(self, request: Request) -> Call | Response:
        return await self._checked(merged(request))

    async def _checked(self, params: Mapping[str, str]) -> Call | Response:
        missing = next((name for name in COMMON if not params.get(name)), None)
        if missing:
            reply = failure("40001", "Missing Required Arguments", MISSING.get(missing, "isv.missing-parameter"))
            return _unsigned(params.get("method", ""), reply)
        text = signing.request_string(params)
        versions: tuple[Credentials, ...] = ()
        for fresh in (False, True):  # keys may have been rotated a moment ago
            versions = await self.accounts.of(params["app_id"], fresh=fresh)
            for credentials in versions:
                if signing.verify(credentials["sim_app_public_key"], text, params["sign"]):
                    return _call(params, credentials)
        if not versions:
            reply = failure("40002", "Invalid Arguments", "isv.invalid-app-id", "无效的AppID参数")
            return _unsigned(params["method"], reply)
        words = f"验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{text}"
        reply = failure("40002", "Invalid Arguments", "isv.invalid-signature", words)
        return _signed(node_name(params["method"]), reply, versions[0])

    async def perform(self, call: Call) -> Reply:
        if call.params.get("sign_type") != "RSA2":
            return Reply(200, failure("40002", "Invalid Arguments", "isv.invalid-signature-type"))
        verb = sim_verbs.VERBS.get(call.params["method"])
        if verb is None:
            return Reply(200, failure("40002", "Invalid Arguments", "isv.invalid-method", "不存在的方法名"))
        return Reply(200, await verb(self, call))

    async def seal(self, call: Call, reply: Reply, spoil: str) -> Response:
        return _signed(node_name(call.params["method"]), reply.body or {}, call.credentials, spoil)

    def unlisted(self) -> Reply:
        return Reply(200, failure("40004", "Business Failed", "ACQ.SOMETHING_NEW", "模拟器：文档之外的错误码"))

    def notification(
        self, notify_id: str, order: SimOrder, refund: SimRefund | None, credentials: Credentials, extra_minor: int
    ) -> str:
        return json.dumps(notification_fields(self, notify_id, order, refund, credentials, extra_minor))

    async def compose(self, delivery: Delivery) -> Outgoing:
        credentials = (await self.accounts.of(delivery.merchant))[0]
        fields = json.loads(delivery.body)
        key = stranger_key() if delivery.tamper == "forged" else credentials["sim_alipay_private_key"]
        text = signing.notify_string(fields)
        if delivery.tamper in ("bad_signature", "probe"):
            text += "&tampered=1"
        form = {**fields, "sign_type": "RSA2", "sign": signing.sign(key, text)}
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "Mozilla/4.0"}
        return Outgoing(headers, urlencode(form).encode())

    def acknowledged(self, status: int, body: bytes) -> bool:
        return status == 200 and body == b"success"

    def new_number(self, kind: str) -> str:
        today = china_time(self.clock.now())[:10].replace("-", "")
        match kind:
            case "order":
                return f"{today}22001{secrets.randbelow(10**15):015d}"
            case "notification":
                return f"{today}00222{secrets.randbelow(10**21):021d}"
            case _:
                return f"{today}{secrets.randbelow(10**20):020d}"

    def enter(self, order: SimOrder) -> bool:
        """Scanning a QR code makes the trade; a browser has to log in first, which is what a button does."""
        if order.state != "draft" or order.product != "precreate" or self.clock.now() > order.expires_at:
            return False
        order.state, order.channel_no = "open", self.new_number("order")
        return True

    def way_back(self, order: SimOrder, credentials: Credentials) -> str | None:
        """The signed return to the merchant's page; proof of nothing, as the manual says."""
        if not order.return_url or order.product not in ("page", "wap"):
            return None
        fields = {
            "charset": "utf-8",
            "out_trade_no": order.number,
            "method": f"alipay.trade.{order.product}.pay.return",
            "total_amount": yuan(order.amount_minor),
            "trade_no": order.channel_no,
            "auth_app_id": order.merchant,
            "version": "1.0",
            "app_id": order.merchant,
            "seller_id": credentials.get("seller_id", ""),
            "timestamp": china_time(self.clock.wall()),
        }
        sign = signing.sign(credentials["sim_alipay_private_key"], signing.notify_string(fields))
        mark = "&" if "?" in order.return_url else "?"
        return f"{order.return_url}{mark}{urlencode({**fields, 'sign_type': 'RSA2', 'sign': sign})}"

    async def _enter_from_browser(self, request: Request, params: Mapping[str, str]) -> Response:
        """The shopper arrives with a signed order. No trade exists yet: it begins with their first act."""
        call = await self._checked(params)
        if isinstance(call, Response):
            return call
        call.verb = "pay"
        fault = self.faults.take(call.verb, call.number, ANY_REQUEST, call.merchant)
        if fault and fault.kind == "drop_before":
            raise NoAnswer
        if fault and fault.kind == "http_500":
            return Response(500, b"")
        order = await sim_verbs.arrive(self, call, BROWSER[params["method"]])
        if not isinstance(order, SimOrder):
            return _signed(node_name(params["method"]), order, call.credentials)
        if fault and fault.kind == "timeout_after_charging":
            await shopper.decide(self, order, "approve")
            raise NoAnswer
        return see_other(f"{self.url}/shopper/{quote(order.token, safe='')}")

    def _bill(self, request: Request) -> Response:
        """The address is the secret: whoever has it gets the file, for half a minute."""
        fault = self.faults.take("download", "", ANY_REQUEST)
        if fault and fault.kind in ("drop_before", "drop_after"):
            raise NoAnswer
        content = self.shelf.take(request.query.get("token", ""), self.clock.now())
        if content is None or (fault and fault.kind == "http_500"):
            return Response(500 if fault else 404, b"", {"content-type": "text/plain"})
        return Response(200, content, {"content-type": "application/zip"})

    def _enter_by_trade(self, trade_no: str) -> Response:
        for (_, number), order in self.state.by_channel_no.items():
            if number == trade_no:
                return see_other(f"{self.url}/shopper/{quote(order.token, safe='')}")
        return see_other(f"{self.url}/shopper/unknown")


_stranger: list[str] = []


def stranger_key() -> str:
    """A key that signs forgeries; made once, when the first forgery is asked for."""
    if not _stranger:
        from checkstand_channels.alipay.testing import new_credentials

        _stranger.append(new_credentials("public_key")["sim_alipay_private_key"])
    return _stranger[0]


def merged(request: Request) -> dict[str, str]:
    """Parameters may come in the query, in the form or in both; decoded once."""
    form = request.body.decode("utf-8", "replace") if request.body else ""
    pairs = parse_qsl(request.query_string, keep_blank_values=True) + parse_qsl(form, keep_blank_values=True)
    return dict(pairs)


def _call(params: Mapping[str, str], credentials: Credentials) -> Call:
    try:
        biz: Any = json.loads(params.get("biz_content") or "{}")
    except ValueError:
        biz = {}
    biz = biz if isinstance(biz, dict) else {}
    verb = sim_verbs.VERB_NAMES.get(params["method"], "other")
    number = str(biz.get("out_request_no" if verb in ("refund", "query_refund") else "out_trade_no", ""))
    amount = sim_verbs.fen(biz.get("total_amount")) if verb == "pay" else None
    return Call(
        verb=verb,
        number=number,
        merchant=credentials["app_id"],
        credentials=credentials,
        params={**params, "biz": biz},
        amount_minor=amount,
        detail=str(biz.get("out_trade_no", "")) if verb == "refund" else "",
    )


def _signed(name: str, node: Mapping[str, Any], credentials: Credentials, spoil: str = "") -> Response:
    """The node first, then its signature over the literal text."""
    text = compact(node)
    sign = signing.sign(credentials["sim_alipay_private_key"], text + (" " if spoil == "bad_signature" else ""))
    body = f'{{"{name}":{text},"sign":"{sign}"}}' if spoil != "unsigned" else f'{{"{name}":{text}}}'
    return Response(200, (body[: len(body) // 2] if spoil == "garbled" else body).encode(), {"content-type": HTML_TYPE})


def _unsigned(method: str, node: Mapping[str, Any]) -> Response:
    """Without a known app there is no key to sign with."""
    return Response(200, f'{{"{ERROR_NODE}":{compact(node)}}}'.encode(), {"content-type": HTML_TYPE})
