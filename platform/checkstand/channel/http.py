"""The HTTP client that adapters are handed: one pool, hard deadlines, and honest silence.

Whatever keeps a complete answer from arriving gives `status=None`. The request may have been
executed all the same, so nobody may conclude more from it than "not known".
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Final, Self

import httpx

from checkstand.channel.port import HttpAnswer

CONNECT_S: Final = 3.0
TOTAL_S: Final = 10.0
MAX_BYTES: Final = 2_000_000  # no API answer is larger
# The file of a day; a million lines are 209 MiB, and a tenth of that as the channels pack it.
FILE_VERB: Final = "download"
FILE_BYTES: Final = 512 * 1024 * 1024
FILE_S: Final = 300.0


class PooledHttp:
    """`ChannelHttp` over httpx; one instance serves all channels and threads of the process."""

    def __init__(self, *, total_s: float = TOTAL_S, transport: httpx.BaseTransport | None = None) -> None:
        self._total_s = total_s
        self._client = httpx.Client(
            # Channels redirect nobody; a redirect would carry a signed request to a stranger.
            follow_redirects=False,
            timeout=httpx.Timeout(total_s, connect=min(CONNECT_S, total_s)),
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50),
            transport=transport,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def send(self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b"") -> HttpAnswer:
        """One exchange. The total deadline also ends an answer that drips in byte by byte."""
        started = monotonic()
        largest, total_s = (FILE_BYTES, FILE_S) if verb == FILE_VERB else (MAX_BYTES, self._total_s)
        try:
            with self._client.stream(method, url, headers=dict(headers), content=content) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > largest:
                        return _silence(started, "answer_too_large")
                    if monotonic() - started > total_s:
                        return _silence(started, "timeout")
                lower = {name.lower(): value for name, value in response.headers.items()}
                return HttpAnswer(response.status_code, lower, bytes(body), _elapsed_ms(started))
        except httpx.TimeoutException:
            return _silence(started, "timeout")
        except httpx.ConnectError:
            return _silence(started, "connect_failed")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _silence(started, type(error).__name__)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _silence(started: float, error: str) -> HttpAnswer:
    return HttpAnswer(None, {}, b"", _elapsed_ms(started), error)


def _elapsed_ms(started: float) -> int:
    return int((monotonic() - started) * 1000)
