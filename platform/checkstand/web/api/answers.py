"""How the API answers."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response

from checkstand.infra.idempotency import AlreadyAnswered


def json_answer(value: Any, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def on_already_answered(_: Request[Any, Any, Any], repeated: AlreadyAnswered) -> Response[bytes]:
    """What this Idempotency-Key was answered the first time, long ago or a moment ago."""
    answer, headers = repeated.stored, {"Idempotency-Replayed": "true"}
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)
