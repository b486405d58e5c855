"""Silence is silence: what the HTTP client makes of everything that is no complete answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from checkstand.channel.http import MAX_BYTES, PooledHttp


def _refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def _reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


def _late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late", request=request)


def _flood(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"x" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("wire", "error"),
    [(_refuse, "connect_failed"), (_reset, "ReadError"), (_late, "timeout"), (_flood, "answer_too_large")],
)
def test_no_complete_answer_has_no_status(wire: Callable[[httpx.Request], httpx.Response], error: str) -> None:
    with PooledHttp(transport=httpx.MockTransport(wire)) as http:
        answer = http.send("pay", "POST", "https://channel.test/pay", headers={}, content=b"{}")

    assert (answer.status, answer.error) == (None, error)


def test_an_answer_that_drips_is_ended_by_the_total_deadline() -> None:
    def drip() -> Iterator[bytes]:
        while True:
            yield b"."

    with PooledHttp(total_s=0.05, transport=httpx.MockTransport(lambda _: httpx.Response(200, content=drip()))) as http:
        assert http.send("query", "GET", "https://channel.test/", headers={}).error == "timeout"


def test_a_redirect_is_an_answer_that_nobody_follows() -> None:
    asked: list[str] = []

    def wire(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://stranger.test/"})

    with PooledHttp(transport=httpx.MockTransport(wire)) as http:
        assert http.send("pay", "POST", "https://channel.test/pay", headers={}).status == 302
    assert asked == ["https://channel.test/pay"]


def test_header_names_arrive_in_lower_case() -> None:
    wire = httpx.MockTransport(lambda _: httpx.Response(200, headers={"Wechatpay-Serial": "S"}, content=b"ok"))
    with PooledHttp(transport=wire) as http:
        assert http.send("pay", "GET", "https://channel.test/", headers={}).headers["wechatpay-serial"] == "S"
