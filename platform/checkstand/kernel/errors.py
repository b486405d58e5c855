"""What can go wrong on purpose: a stable code, a sentence, the next step.

A component subclasses `CheckstandError` next to the rule that raises it. `kind` says what sort of
refusal it is; the web layer turns the kind into a status code and a page, nobody else does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """The sort of refusal; the web layer maps each to one HTTP status."""

    INVALID = "invalid"  # 400: the request cannot be understood or breaks a limit
    UNAUTHENTICATED = "unauthenticated"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not_found"  # 404: absent, or another tenant's
    CONFLICT = "conflict"  # 409: not in this state
    TOO_LARGE = "too_large"  # 413
    MISMATCH = "mismatch"  # 422: same idempotency key, other body
    TOO_MANY = "too_many"  # 429
    UNAVAILABLE = "unavailable"  # 503: try again


class CheckstandError(Exception):
    """A deliberate refusal. `facts` (ids, amounts) go to the log; never put a secret there."""

    code: ClassVar[str] = "checkstand.error"
    kind: ClassVar[Kind] = Kind.INVALID
    message: ClassVar[str] = "Something about this request is not right."
    remedy: ClassVar[str] = "Check the request and try again."
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None, *, pointer: str | None = None, **facts: Any) -> None:
        super().__init__(detail or self.message)
        self.detail = detail or self.message
        self.pointer = pointer
        self.facts = facts


class InvariantBroken(AssertionError):
    """Something that must be true is not; the caller's work is abandoned, nothing is committed."""


def must(truth: object, sentence: str, **facts: Any) -> None:
    """State what must be true; unlike `assert`, `python -O` cannot strip it."""
    if not truth:
        detail = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        raise InvariantBroken(f"{sentence} ({detail})" if detail else sentence)


def present(value: T | None, sentence: str, **facts: Any) -> T:
    """The value, which must be there; for rows that another row's existence guarantees."""
    must(value is not None, sentence, **facts)
    return value  # type: ignore[return-value]  # `must` has just ruled out None
