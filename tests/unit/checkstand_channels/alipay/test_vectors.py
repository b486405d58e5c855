"""The published known answers of Alipay's gateway, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from checkstand.channel.port import ChannelAccount, NotificationRefused, Outcome, RawNotification
from checkstand.kernel import Money
from checkstand_channels.alipay import signing
from checkstand_channels.alipay.adapter import Alipay
from checkstand_channels.alipay.envelope import Unreadable, read_envelope

VECTORS = Path("tests/vectors")
V: dict[str, Any] = json.loads((VECTORS / "alipay.json").read_text("utf-8"))
KEYS = {path.stem: path.read_text("utf-8") for path in (VECTORS / "keys").glob("*.pem")}
METHOD = "alipay.trade.query"
ACCOUNT = ChannelAccount(
    "ten_lantern",
    "cha_vectors",
    "alipay",
    "test",
    "https://openapi.alipay.com",
    1,
    {
        "app_id": "2021000000000001",
        "seller_id": "2088000000000009",
        "app_private_key": KEYS["merchant_private"],
        "alipay_public_key": KEYS["provider_public"],
    },
)
RECEIVED_AT = datetime(2024, 1, 1, 4, 0, 32, tzinfo=UTC)  # one second after notify_time, which is China time


def test_a_request_is_signed_as_published() -> None:
    params = dict(parse_qsl(V["request"]["query"], keep_blank_values=True))

    assert signing.request_string(params) == V["request"]["text"]
    assert signing.sign(KEYS["merchant_private"], V["request"]["text"]) == V["request"]["sign"] == params["sign"]


def test_a_published_answer_verifies_over_its_literal_node() -> None:
    envelope = read_envelope(_body(V["answer"]["node"]), METHOD)

    assert envelope.text == V["answer"]["node"]
    assert signing.sign(KEYS["provider_private"], envelope.text) == V["answer"]["sign"]
    assert signing.verify(KEYS["provider_public"], envelope.text, envelope.sign)


def test_an_answer_with_one_other_digit_does_not_verify() -> None:
    envelope = read_envelope(_body(V["answer"]["node"].replace("88.88", "88.89", 1)), METHOD)

    assert not signing.verify(KEYS["provider_public"], envelope.text, envelope.sign)


@pytest.mark.parametrize(
    "body",
    [
        '{ "alipay_trade_query_response" : {"a":"}\\"{","b":"\\/"} , "sign":"x"}',
        '{"sign":"x","alipay_trade_query_response":{"a":"}\\"{","b":"\\/"}}',
        '{"alipay_cert_sn":"1","alipay_trade_query_response":{"a":"}\\"{","b":"\\/"},"sign":"x"}',
    ],
)
def test_the_node_is_cut_out_exactly_wherever_it_stands(body: str) -> None:
    assert read_envelope(body.encode(), METHOD).text == '{"a":"}\\"{","b":"\\/"}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"alipay_trade_query_response"',
        b'{"sign":"x"}',
        b'{"alipay_trade_query_response":"text","sign":"x"}',
        b'{"alipay_trade_query_response":{"a":1},"alipay_trade_query_response":{"a":2},"sign":"x"}',
        b'{"alipay_trade_query_response":{"code":"1","code":"2"},"sign":"x"}',
        b'{"other":{"alipay_trade_query_response":{"a":1}},"sign":"x"}',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_can_be_read_in_two_ways_or_not_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_envelope(body, METHOD)


def test_the_published_notification_is_read() -> None:
    fields = dict(parse_qsl(V["notification"]["form"], keep_blank_values=True))
    note = Alipay().parse_notification(_notification(), ACCOUNT)

    assert signing.notify_string(fields) == V["notification"]["text"]
    assert signing.sign(KEYS["provider_private"], V["notification"]["text"]) == V["notification"]["sign"]
    assert (note.kind, note.number, note.outcome) == ("payment", "T20240101000002", Outcome.SUCCEEDED)
    assert (note.amount, note.payee) == (Money(8888, "CNY"), "2021000000000001")
    assert note.occurred_at == datetime(2024, 1, 1, 4, 0, 30, tzinfo=UTC)
    assert note.summary["passback_params"] == "k%3Dv"  # decoded once, not twice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("total_amount=88.88", "total_amount=88.89"),
        ("subject=", "subject=x"),
        ("version=1.0&", ""),
        ("sign=", "sign=A"),
    ],
)
def test_a_changed_notification_is_refused(old: str, new: str) -> None:
    form = V["notification"]["form"].replace(old, new, 1)

    with pytest.raises(NotificationRefused, match="bad_signature"):
        Alipay().parse_notification(replace(_notification(), body=form.encode()), ACCOUNT)


def test_a_repeated_field_is_refused() -> None:
    form = "total_amount=1.00&" + V["notification"]["form"]

    with pytest.raises(NotificationRefused, match="malformed"):
        Alipay().parse_notification(replace(_notification(), body=form.encode()), ACCOUNT)


@pytest.mark.parametrize(("age", "accepted"), [(timedelta(hours=25), True), (timedelta(hours=27), False)])
def test_a_notification_is_believed_as_long_as_alipay_repeats_it(age: timedelta, *, accepted: bool) -> None:
    raw = replace(_notification(), received_at=RECEIVED_AT + age)

    if accepted:
        assert Alipay().parse_notification(raw, ACCOUNT).number == "T20240101000002"
    else:
        with pytest.raises(NotificationRefused, match="stale"):
            Alipay().parse_notification(raw, ACCOUNT)


def test_money_for_another_seller_names_that_seller() -> None:
    other = replace(ACCOUNT, credentials={**ACCOUNT.credentials, "seller_id": "2088000000000777"})

    assert Alipay().parse_notification(_notification(), other).payee == "2088000000000009"


def test_the_acknowledgement_is_seven_characters() -> None:
    assert Alipay().acknowledge(accepted=True).body == b"success"
    assert Alipay().acknowledge(accepted=False).body != b"success"


def _body(node: str) -> bytes:
    return f'{{"alipay_trade_query_response":{node},"sign":"{V["answer"]["sign"]}"}}'.encode()


def _notification() -> RawNotification:
    return RawNotification("POST", "/n/alipay/cha_vectors", {}, V["notification"]["form"].encode(), RECEIVED_AT)
