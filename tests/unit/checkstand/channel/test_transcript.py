"""What operators may read of a conversation with a channel."""

from __future__ import annotations

from checkstand.channel.port import HttpAnswer
from checkstand.channel.transcript import LIMIT, mask, record, scrub

PEM = "-----BEGIN PRIVATE KEY-----\nMIIEsecret\n-----END PRIVATE KEY-----"


def test_secrets_signatures_and_payers_are_hidden() -> None:
    text = scrub(
        'Authorization: X signature="abc+/=",serial="1" https://g?sign=abc%2B&x=1'
        ' {"sign":"abc","openid":"oUpF8uMuAJO_M2"}'
        f" key0123456789 {PEM}",
        ["key0123456789"],
    )

    for hidden in ("abc", "key0123456789", "MIIEsecret", "uMuAJO"):
        assert hidden not in text
    assert 'serial="1"' in text
    assert "x=1" in text


def test_a_flood_is_cut_with_a_note() -> None:
    text = scrub("x" * (LIMIT + 5))

    assert text.endswith("… (5 more characters)")


def test_payer_ids_keep_their_ends_so_that_two_can_be_told_apart() -> None:
    assert mask("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o") == "oUp***S6o"
    assert mask("short") == "***"


def test_an_exchange_keeps_what_was_said_and_how_long_it_took() -> None:
    answer = HttpAnswer(200, {"request-id": "r1", "set-cookie": "session=1"}, b'{"code_url":"weixin://x"}', 42)
    kept = record("pay", "POST", "https://c.test/p", headers={}, content=b'{"a":1}', answer=answer, secrets=[])

    assert (kept.status, kept.duration_ms, kept.error) == (200, 42, None)
    assert '{"a":1}' in kept.request
    assert "request-id: r1" in kept.response
    assert "session=1" not in kept.response
