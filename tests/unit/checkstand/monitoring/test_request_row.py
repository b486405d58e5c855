"""What the request log keeps: enough to find a mistake, and nothing that is a secret."""

import json
from datetime import UTC, datetime

import pytest

from checkstand.monitoring.request_row import CUT, MOST_BODY, Call, row_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
PAYMENT = "pay_" + "0" * 26
REFUSED = {"code": "request.invalid", "detail": "no", "remedy": "yes", "pointer": "/order"}


def called(body: object = b"", answer: object = None, *, status: int = 400, **more: object) -> dict[str, object]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = json.dumps(REFUSED if answer is None else answer).encode()
    values = {"path": "/v1/payments", "method": "POST", **more}
    return row_of(Call("req_1", AT, status=status, body=raw, answer=said, **values))  # type: ignore[arg-type]


def test_a_refusal_is_kept_whole_with_what_was_sent() -> None:
    row = called({"order": {"order_no": "A-1"}})

    assert (row["code"], row["status_class"]) == ("request.invalid", 4)
    assert row["problem"] == REFUSED
    assert json.loads(row["body"]) == {"order": {"order_no": "A-1"}}


def test_a_success_is_kept_without_its_body() -> None:
    row = called({"order": {"order_no": "A-1"}}, {"id": "cs_" + "0" * 26}, status=201)

    assert (row["body"], row["problem"], row["code"]) == (None, None, None)
    assert row["touched"] == {"session": "cs_" + "0" * 26, "order_no": "A-1"}


@pytest.mark.parametrize(
    "body",
    [
        {"password": "hunter2 tells"},
        {"order": {"title": "card 4111 1111 1111 1111 tells"}},
        {"order": {"order_no": 4111111111111111}},
        {"note": "378282246310005"},
        {"note": "key sk_test_hunter2tells"},
        {"fields": {"full_name": "hunter2 tells"}},
        [{"fields": "hunter2 tells"}],
        b'{"password": "hunter2 tells", }',
        b'{"fields": {"full_name": "hunter2 tells"},, }',
        b'{"card_number": 4111111111111111,, "secret": "hunter2 tells',
    ],
    ids=repr,
)
def test_no_secret_and_no_card_is_kept(body: object) -> None:
    kept = called(body, {**REFUSED, "detail": "sk_live_hunter2tells is wrong"}, path="/v1/x?token=sk_test_hunter2tells")
    text = repr({name: value for name, value in kept.items() if name != "touched"})

    assert "hunter2" not in text
    assert "4111" not in text
    assert "3782" not in text


def test_a_broken_body_can_still_be_read() -> None:
    assert called(b'{"order": {"order_no": "A-1",, }')["body"] == '{"order": {"order_no": "A-1",, }'


def test_a_long_body_is_cut() -> None:
    body = called({"metadata": {"note": "x" * 60_000}})["body"]

    assert len(str(body)) == MOST_BODY
    assert str(body).endswith(CUT)


def test_a_number_that_is_no_card_stays() -> None:
    assert "2026030112345678" in str(called({"order": {"order_no": "2026030112345678"}})["body"])


def test_nul_bytes_do_not_reach_the_database() -> None:
    row = called(b"\x00{", path="/v1/\x00", idempotency_key="a\x00b")

    assert "\x00" not in repr(row).replace("\\x00", "\x00")


@pytest.mark.parametrize(
    ("path", "answer", "expected"),
    [
        (f"/v1/payments/{PAYMENT}", {}, {"payment": PAYMENT}),
        ("/v1/checkout-sessions/cs_" + "1" * 26 + "/payments", {"payment_id": PAYMENT},
         {"payment": PAYMENT, "session": "cs_" + "1" * 26}),
        (f"/v1/payments/{PAYMENT}/refunds", {"id": "rfd_" + "2" * 26},
         {"payment": PAYMENT, "refund": "rfd_" + "2" * 26}),
        ("/v1/members", {"id": "mbr_" + "3" * 26}, {}),
        ("/v1/nowhere", ["no", "object"], {}),
    ],
)  # fmt: skip
def test_a_call_says_what_it_touched(path: str, answer: object, expected: dict[str, str]) -> None:
    assert called(b"", answer, status=200, path=path)["touched"] == expected
