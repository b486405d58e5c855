"""How the API answers."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response

from checkstand.infra.idempotency import StoredAnswer


def json_answer(value: Any, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def stored_answer(answer: StoredAnswer) -> Response[bytes]:
    """What this Idempotency-Key was answered the first time."""
    headers = {"Idempotency-Replayed": "true"}
    return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)
