"""Secrets never reach the log."""

import json
import logging

import pytest

from checkstand.infra import log
from checkstand.infra.settings import Settings


@pytest.fixture
def lines(capsys):
    root = logging.getLogger()
    before = root.handlers[:], root.level
    log.configure(Settings(log_format="json"))
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:] = before[0]
    root.setLevel(before[1])


@pytest.mark.parametrize(
    "name",
    ["secret", "api_key", "Authorization", "password", "token", "session_token", "private_key", "card_no", "cvv"],
)
def test_a_value_with_a_secret_name_is_struck_out(name):
    assert log.scrub({name: "hunter2"}) == {name: "[secret]"}


@pytest.mark.parametrize(
    "text",
    [
        "key sk_test_abcDEF123 used",
        "key sk_live_9-abcDEF123 used",
        "secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw used",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ",
        "card 4111 1111 1111 1111 used",
        "GET /c/abcDEF123-pHKGLiFGVlqA",
        "Authorization: Bearer eyJhbGciOi.eyJzdWIi",
    ],
)
def test_a_secret_inside_free_text_is_struck_out(text):
    scrubbed = log.scrub(text)

    assert "[secret]" in scrubbed
    for piece in ("abcDEF123", "MfKQ9r8G", "MIIEvQ", "1111", "eyJhbGciOi"):
        assert piece not in scrubbed


READABLE = ["pay_01jd000000000000", 12900, "202511210930", "2021229033868000", "order_no", None, True]


@pytest.mark.parametrize("value", READABLE)
def test_ids_and_amounts_stay_readable(value):
    assert log.scrub({"value": value}) == {"value": value}


def test_secrets_are_found_at_any_depth():
    assert log.scrub({"a": [{"b": {"api_key": "x"}}]}) == {"a": [{"b": {"api_key": "[secret]"}}]}


def test_a_line_of_ours_is_json_with_level_and_time(lines):
    log.get("checkstand").info("payment_succeeded", payment_id="pay_1", api_key="sk_test_1")

    (line,) = lines()
    assert (line["event"], line["level"], line["payment_id"], line["api_key"]) == (
        "payment_succeeded",
        "info",
        "pay_1",
        "[secret]",
    )
    assert line["timestamp"].endswith("Z")


def test_a_line_of_a_library_is_scrubbed_too(lines):
    logging.getLogger("some.library").warning("sent %s", "sk_test_abcDEF123")

    assert lines()[0]["event"] == "sent [secret]"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_an_exception_is_logged_without_its_secret(lines, capsys, log_format):
    log.configure(Settings(log_format=log_format))
    hidden = "local variable sk_test_localXYZ"
    try:
        raise RuntimeError("bad key sk_test_abcDEF123")
    except RuntimeError:
        log.get("checkstand").exception("failed")

    printed = capsys.readouterr().err
    assert "RuntimeError" in printed
    assert "sk_test" not in printed, hidden
