"""A real OpenID Connect provider on a free port, which can be told to lie."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import flask
import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import run_server_in_thread

Change = Callable[[dict[str, Any]], dict[str, Any]]


class Provider:
    """What people do there, and what it can be made to do."""

    def __init__(self, server: Any, stop: Callable[[], None]) -> None:
        self.url = f"http://localhost:{server.server_port}"
        self.stop = stop
        self.asked: list[tuple[str, dict[str, str]]] = []  # path and form of every request
        self.changed: dict[str, Change] = {}  # path → what becomes of the JSON that it answers
        self._storage: Any = None
        server.app.before_request(self._before)
        server.app.after_request(self._after)

    def knows(self, sub: str, **claims: Any) -> None:
        """Somebody has an account there; a claim of the ID token's own, like `aud`, replaces what is true."""
        httpx.put(f"{self.url}/users/{quote(sub)}", json=claims).raise_for_status()

    def sends_back(self, location: str, sub: str, **form: str) -> str:
        """The person signs in there; the path to which the browser is sent."""
        answer = httpx.post(location, data={"sub": sub, **form})
        back = urlsplit(answer.headers["location"])
        return f"{back.path}?{back.query}"

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token with the provider's own key."""
        return jwt.encode({"alg": "RS256"}, claims, RSAKey.import_key(self._storage.jwk.as_dict(is_private=True)))

    def _before(self) -> None:
        self._storage = flask.g.oidc_provider_mock_storage
        self.asked.append((flask.request.path, dict(parse_qsl(flask.request.get_data(as_text=True)))))

    def _after(self, answer: flask.Response) -> flask.Response:
        if flask.request.path in self.changed:
            answer.set_data(json.dumps(self.changed[flask.request.path](answer.get_json())))
        return answer


@contextmanager
def running() -> Iterator[Provider]:
    with ExitStack() as stack:
        server = stack.enter_context(run_server_in_thread())
        yield Provider(server, stop=stack.close)


def claims_of(id_token: str) -> dict[str, Any]:
    part = id_token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
