"""The published known answers of WeChat Pay APIv3, byte for byte."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from checkstand.channel.port import (
    ChannelAccount,
    HttpAnswer,
    NotificationRefused,
    Outcome,
    PayInstruction,
    RawNotification,
)
from checkstand.kernel import Money
from checkstand_channels.wechat_pay import signing
from checkstand_channels.wechat_pay.adapter import WeChatPay, app_params, jsapi_params
from checkstand_channels.wechat_pay.client import Client
from checkstand_channels.wechat_pay.trust import Trust, distrust, read_certificates

VECTORS = Path("tests/vectors")
V: dict[str, Any] = json.loads((VECTORS / "wechat_pay.json").read_text("utf-8"))
KEYS = {path.stem: path.read_text("utf-8") for path in (VECTORS / "keys").glob("*.pem")}
ACCOUNT = ChannelAccount(
    "ten_lantern",
    "cha_vectors",
    "wechat_pay",
    "test",
    "https://api.mch.weixin.qq.com",
    1,
    {
        "mchid": V["mchid"],
        "appid": V["appid"],
        "merchant_serial": V["serial"],
        "merchant_private_key": KEYS["merchant_private"],
        "api_v3_key": V["api_v3_key"],
        "public_key_id": V["public_key_id"],
        "public_key": KEYS["provider_public"],
    },
)
AT = datetime.fromtimestamp(int(V["timestamp"]), UTC)
NOTIFIED_AT = datetime.fromtimestamp(int(V["notification"]["timestamp"]), UTC)


def test_a_get_request_is_signed_as_published() -> None:
    text = signing.request_text("GET", V["get"]["target"], V["timestamp"], V["nonce"], b"")

    assert signing.sign(KEYS["merchant_private"], text) == V["get"]["signature"]


@pytest.mark.parametrize("name", ["post_escaped", "post_utf8"])
def test_a_post_request_is_signed_over_the_bytes_it_carries(name: str) -> None:
    text = signing.request_text("POST", V[name]["target"], V["timestamp"], V["nonce"], V[name]["body"].encode())

    assert signing.sign(KEYS["merchant_private"], text) == V[name]["signature"]
    assert signing.verify(KEYS["merchant_public"], text, V[name]["signature"])


def test_the_authorization_header_is_the_published_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: V["nonce"])
    sent: list[dict[str, str]] = []

    class Wire:
        def send(self, verb: str, method: str, url: str, *, headers: Any, content: bytes = b"") -> HttpAnswer:
            sent.append(headers)
            return HttpAnswer(None, {}, b"")

    Client(ACCOUNT, Wire(), Trust(), AT).call("query", "GET", V["get"]["target"])

    assert sent[0]["Authorization"] == V["get"]["authorization"]
    assert sent[0]["Wechatpay-Serial"] == V["public_key_id"]


@pytest.mark.parametrize(("body", "signature"), [(V["answer"]["body"], "signature"), ("", "empty_signature")])
def test_a_published_answer_verifies(body: str, signature: str) -> None:
    headers = _signed(V["answer"]["timestamp"], V["answer"]["nonce"], V["answer"][signature])
    now = datetime.fromtimestamp(int(V["answer"]["timestamp"]), UTC)

    assert distrust(headers, body.encode(), KEYS["provider_public"], now) is None
    assert distrust(headers, body.encode() + b" ", KEYS["provider_public"], now) == "bad_signature"


@pytest.mark.parametrize(("seconds", "verdict"), [(300, None), (301, "stale"), (-300, None), (-301, "stale")])
def test_an_answer_is_believed_for_five_minutes(seconds: int, verdict: str | None) -> None:
    headers = _signed(V["answer"]["timestamp"], V["answer"]["nonce"], V["answer"]["signature"])
    now = datetime.fromtimestamp(int(V["answer"]["timestamp"]) + seconds, UTC)

    assert distrust(headers, V["answer"]["body"].encode(), KEYS["provider_public"], now) == verdict


@pytest.mark.parametrize(
    ("make", "product", "field"), [(jsapi_params, "jsapi", "paySign"), (app_params, "app", "sign")]
)
def test_client_parameters_are_signed_as_published(make: Any, product: str, field: str) -> None:
    params = make(_instruction(), V["pay_sign"]["prepay_id"], V["nonce"])

    assert params[field] == V["pay_sign"][product]


def test_the_cipher_produces_the_published_bytes() -> None:
    gcm = V["gcm"]
    sealed = signing.seal(V["api_v3_key"], gcm["nonce"], gcm["associated_data"], gcm["plaintext"].encode())

    assert sealed == gcm["ciphertext"]
    assert signing.unseal(V["api_v3_key"], gcm["nonce"], gcm["associated_data"], sealed).decode() == gcm["plaintext"]
    assert signing.seal(V["api_v3_key"], gcm["nonce"], "", b"") == gcm["empty"]


def test_the_platform_certificate_is_sealed_as_published_and_found_again() -> None:
    want = V["gcm"]["certificate"]
    pem = KEYS["provider_certificate"]
    sealed = signing.seal(V["api_v3_key"], want["nonce"], want["associated_data"], pem.encode())
    entry = {
        "serial_no": V["certificate_serial"],
        "encrypt_certificate": {**want, "algorithm": "AEAD_AES_256_GCM", "ciphertext": sealed},
    }

    assert (len(sealed), hashlib.sha256(sealed.encode()).hexdigest()) == (want["length"], want["sha256"])
    keys = read_certificates(ACCOUNT, json.dumps({"data": [entry]}).encode())
    assert keys == {V["certificate_serial"]: KEYS["provider_public"]}


def test_the_published_notification_is_read() -> None:
    note = WeChatPay().parse_notification(_notification(), ACCOUNT)

    assert (note.kind, note.number, note.outcome) == ("payment", "T20240101000001", Outcome.SUCCEEDED)
    assert (note.amount, note.payee) == (Money(100, "CNY"), V["mchid"])
    assert note.channel_no == "4200000000202401010000000001"
    assert note.occurred_at == datetime(2024, 1, 1, 4, 0, 5, tzinfo=UTC)
    assert "oTEST0000000000000000000001" not in str(note.summary)


def test_the_published_notification_with_another_nonce_is_refused() -> None:
    raw = _notification()
    changed = replace(raw, headers={**raw.headers, "wechatpay-nonce": "X" + raw.headers["wechatpay-nonce"][1:]})

    with pytest.raises(NotificationRefused, match="bad_signature"):
        WeChatPay().parse_notification(changed, ACCOUNT)


def test_a_signature_probe_is_refused() -> None:
    raw = _notification()
    probe = {**raw.headers, "wechatpay-signature": signing.PROBE + raw.headers["wechatpay-signature"]}

    with pytest.raises(NotificationRefused, match="probe"):
        WeChatPay().parse_notification(replace(raw, headers=probe), ACCOUNT)


def _notification() -> RawNotification:
    n = V["notification"]
    headers = {**_signed(n["timestamp"], n["nonce"], n["signature"]), "wechatpay-serial": n["serial"]}
    return RawNotification("POST", "/n/wechat_pay/cha_vectors", headers, n["body"].encode(), NOTIFIED_AT)


def _signed(timestamp: str, nonce: str, signature: str) -> dict[str, str]:
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-signature": signature,
        "wechatpay-signature-type": signing.SCHEME,
    }


def _instruction() -> PayInstruction:
    return PayInstruction(
        ACCOUNT, "T20240101000001", Money(100, "CNY"), "jsapi", "t", "https://m.test/n", "https://m.test/r", AT, AT
    )
