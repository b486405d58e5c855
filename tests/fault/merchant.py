"""Lantern Books' own server: receives webhooks, checks every signature, and remembers what it was told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

# One delivery in so many is answered with 500 after it was read: the merchant's server has bad days too.
FAILS_EACH: Final = 25


class Merchant:
    """A webhook endpoint that outlives the platform."""

    def __init__(self) -> None:
        self.secret = ""
        self.told: dict[str, set[bytes]] = defaultdict(set)  # webhook-id → the bodies that came with it
        self.forged: list[str] = []
        self._count = 0
        self._lock = threading.Lock()
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                self.send_response(merchant.receive(self.headers, body))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Thousands of lines would say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks"
        threading.Thread(target=self._server.serve_forever, name="merchant", daemon=True).start()

    def receive(self, headers: Any, body: bytes) -> int:
        """Store a message that is truly ours; the age is not checked, because the platform's clock is moved."""
        message_id = headers.get("webhook-id", "")
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message_id}.{headers.get('webhook-timestamp', '')}.".encode() + body
        expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        given = headers.get("webhook-signature", "").encode().split()
        with self._lock:
            if not any(hmac.compare_digest(expected, one) for one in given):
                self.forged.append(message_id)
                return 401
            self._count += 1
            self.told[message_id].add(body)
            return 500 if self._count % FAILS_EACH == 0 else 204

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
