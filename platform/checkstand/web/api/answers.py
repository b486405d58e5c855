"""How the API answers."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response

from checkstand.infra.idempotency import AnsweredMeanwhile, StoredAnswer


def json_answer(value: Any, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def stored_answer(answer: StoredAnswer) -> Response[bytes]:
    """What this Idempotency-Key was answered the first time."""
    headers = {"Idempotency-Replayed": "true"}
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)


def on_answered_meanwhile(_: Request[Any, Any, Any], repeated: AnsweredMeanwhile) -> Response[bytes]:
    """A copy of this request was answered while it was on its way: both are told the same."""
    return stored_answer(repeated.stored)
