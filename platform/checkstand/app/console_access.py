"""Who is using the console: sign up, sign in, second factor, sessions. No answer tells who has an account."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op, Update, Upsert
from checkstand.infra.secrets import seal, unseal
from checkstand.kernel import CheckstandError, Kind, new_id, present
from checkstand.member import operators as store
from checkstand.monitoring.audit import PLATFORM, audit_op

FREE_FAILURES: Final = 5  # wrong passwords before waiting begins
MAX_WAIT: Final = timedelta(minutes=15)
STEP_S: Final = 30  # RFC 6238
RECOVERY_CODES: Final = 10
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")

_hasher = PasswordHasher()  # argon2id, RFC 9106 low-memory parameters
# Verified for addresses that nobody has, so that an answer takes as long as for one that somebody has.
_NOBODY: Final = _hasher.hash(secrets.token_urlsafe(16))


class EmailInvalid(CheckstandError):
    code = "operator.email_invalid"
    message = "This is not an e-mail address."
    remedy = "Write it like name@example.com."


class PasswordWeak(CheckstandError):
    code = "operator.password_weak"
    message = "The password is too short."
    remedy = "Use at least 12 characters; a sentence is easy to remember."


class EmailTaken(CheckstandError):
    code = "operator.email_taken"
    kind = Kind.CONFLICT
    message = "An account with this e-mail address exists."
    remedy = "Sign in instead."


class SignInRefused(CheckstandError):
    code = "operator.sign_in_refused"
    kind = Kind.UNAUTHENTICATED
    message = "E-mail address, password or code is wrong."
    remedy = "Check all three. A recovery code works once."


class SignInThrottled(CheckstandError):
    code = "operator.sign_in_throttled"
    kind = Kind.TOO_MANY
    message = "Too many wrong attempts."
    remedy = "Wait a moment and try again; the wait grows with each wrong attempt."
    retryable = True


class PasswordsOff(CheckstandError):
    code = "operator.passwords_off"
    kind = Kind.FORBIDDEN
    message = "This installation signs people in at its identity provider only."
    remedy = "Go back and use the button that names the identity provider."


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for the audit trail."""

    operator_id: str
    email: str
    ip: str

    def audit(self, tenant_id: str, action: str, object_type: str, object_id: str, at: datetime, **more: Any) -> Op:
        return audit_op(
            tenant_id, action, object_type, object_id, actor_id=self.operator_id, actor_email=self.email,
            ip=self.ip, at=at, **more,
        )  # fmt: skip


def create_operator(
    platform: Platform,
    email: str,
    name: str,
    password: str,
    *,
    locale: str = "en",
    is_admin: bool = False,
    ip: str = "",
) -> str:
    """A new person; tells the operator id."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailInvalid(pointer="email")
    if not 12 <= len(password) <= 200:
        raise PasswordWeak(pointer="password")
    now, operator_id = platform.clock.now(), new_id("opr")
    person = store.operator_op(operator_id, email, name, _hasher.hash(password), locale, now, is_admin=is_admin)
    told = Actor(operator_id, email, ip).audit(PLATFORM, "operator.sign_up", "operator", operator_id, now)
    try:
        platform.poster.commit(WriteSet(ops=[person, told]))
    except RowExists:
        raise EmailTaken(pointer="email") from None
    return operator_id


def passwords_allowed(platform: Platform) -> None:
    """Whether people may sign up and in with a password at all."""
    if not platform.settings.password_sign_in:
        raise PasswordsOff()


def sign_in(platform: Platform, email: str, password: str, code: str, *, ip: str, user_agent: str) -> str:
    """A new session; tells the cookie. Raises `SignInRefused` without saying what was wrong."""
    passwords_allowed(platform)
    now = platform.clock.now()
    subjects = [store.hash_token(f"email {email.strip().lower()}"), store.hash_token(f"ip {ip}")]
    with platform.db.read() as connection:
        failures = [store.failures_of(connection, subject) for subject in subjects]
        row = store.operator_by_email(connection, email)
    if any(failed is not None and now < failed.last_at + _wait(failed.failures) for failed in failures):
        raise SignInThrottled()
    right = _password_right(row, password)
    second = _second_factor(platform, row, code, now) if right and row is not None else None
    if row is None or not right or second is None or row.status != "active":
        counted = [
            Upsert(store.sign_in_failure, {"subject": subject, "failures": _count(failed) + 1, "last_at": now})
            for subject, failed in zip(subjects, failures, strict=True)
        ]
        platform.poster.commit(WriteSet(ops=list(counted)))
        raise SignInRefused()
    who = Actor(row.operator_id, row.email, ip)
    method = "password" if row.totp_sealed is None else "password_totp"
    token, session = store.new_session(row.operator_id, method, now, ip=ip, user_agent=user_agent)
    ops: list[Op] = [
        session,
        Upsert(store.sign_in_failure, {"subject": subjects[0], "failures": 0, "last_at": now}),
        who.audit(PLATFORM, "operator.sign_in", "operator", row.operator_id, now, after={"method": method}),
        *second,
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:  # the same code was used at the same moment
        raise SignInRefused() from None
    return token


def sign_out(platform: Platform, session_hash: str) -> None:
    """End a session; harmless when it has ended."""
    key = {"session_hash": session_hash}
    change = Update(store.operator_session, key, {"revoked_at": platform.clock.now()}, guard={"revoked_at": None})
    try:
        platform.poster.commit(WriteSet(ops=[change]))
    except EdgeRefused:
        pass  # ended already


def new_totp(email: str) -> tuple[str, str]:
    """A secret and the address that authenticator apps read; nothing is stored until a code is right."""
    secret = pyotp.random_base32()
    return secret, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Checkstand")


def enable_totp(platform: Platform, who: Actor, secret: str, code: str) -> list[str]:
    """Turn the second factor on; tells the recovery codes, once. Raises `SignInRefused` for a wrong code."""
    now = platform.clock.now()
    step = _totp_step(secret, code, now)
    if step is None:
        raise SignInRefused("this code does not belong to the secret; check the clock of the phone")
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES)]
    values = {
        "totp_sealed": seal(platform.settings.secret_key, secret.encode(), _context(who.operator_id)),
        "totp_step": step,
        "recovery_hashes": [store.hash_token(code) for code in codes],
    }
    ops = [
        Update(store.operator, {"operator_id": who.operator_id}, values),
        who.audit(PLATFORM, "operator.totp_enable", "operator", who.operator_id, now),
    ]
    platform.poster.commit(WriteSet(ops=ops))
    return codes


def disable_totp(platform: Platform, who: Actor) -> None:
    """Turn the second factor off."""
    ops = [
        Update(store.operator, {"operator_id": who.operator_id}, {"totp_sealed": None, "recovery_hashes": []}),
        who.audit(PLATFORM, "operator.totp_disable", "operator", who.operator_id, platform.clock.now()),
    ]
    platform.poster.commit(WriteSet(ops=ops))


def change_password(platform: Platform, who: Actor, old: str, new: str, keep_session: str) -> None:
    """A new password; every other session of the person ends."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        row = present(store.get_operator(connection, who.operator_id), "who is signed in exists")
        others = store.sessions_of(connection, who.operator_id, now)
    if not _password_right(row, old):
        raise SignInRefused(pointer="old")
    if not 12 <= len(new) <= 200:
        raise PasswordWeak(pointer="new")
    ended = [
        Update(store.operator_session, {"session_hash": session.session_hash}, {"revoked_at": now})
        for session in others
        if session.session_hash != keep_session
    ]
    ops = [
        Update(store.operator, {"operator_id": who.operator_id}, {"password_hash": _hasher.hash(new)}),
        *ended,
        who.audit(PLATFORM, "operator.password_change", "operator", who.operator_id, now),
    ]
    platform.poster.commit(WriteSet(ops=ops))


def password_is(platform: Platform, operator_id: str, password: str) -> bool:
    """Whether this is the person's password; for those who run the installation, it counts no attempts."""
    with platform.db.read() as connection:
        return _password_right(store.get_operator(connection, operator_id), password)


def reset_password(platform: Platform, who: Actor, new: str) -> None:
    """Another password without the old one, by those who run the installation; every session ends."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        sessions = store.sessions_of(connection, who.operator_id, now)
    ops: list[Op] = [
        Update(store.operator, {"operator_id": who.operator_id}, {"password_hash": _hasher.hash(new)}),
        who.audit(PLATFORM, "operator.password_reset", "operator", who.operator_id, now),
    ]
    ops += [Update(store.operator_session, {"session_hash": row.session_hash}, {"revoked_at": now}) for row in sessions]
    platform.poster.commit(WriteSet(ops=ops))


def _count(failed: Row[Any] | None) -> int:
    return failed.failures if failed is not None else 0


def _wait(failures: int) -> timedelta:
    """Nothing for the first failures, then one second, two, four, … up to a quarter of an hour."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    return min(MAX_WAIT, timedelta(seconds=2 ** min(failures - FREE_FAILURES, 12)))


def _password_right(row: Row[Any] | None, password: str) -> bool:
    stored = row.password_hash if row is not None else None
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def _second_factor(platform: Platform, row: Row[Any], code: str, now: datetime) -> list[Op] | None:
    """What using this code changes; None when it is wrong or was used before."""
    if row.totp_sealed is None:
        return []
    key, typed = {"operator_id": row.operator_id}, code.strip().lower()
    hashed = store.hash_token(typed)
    if hashed in row.recovery_hashes:
        left = [each for each in row.recovery_hashes if each != hashed]
        return [Update(store.operator, key, {"recovery_hashes": left}, guard={"totp_step": row.totp_step})]
    secret = unseal(platform.settings.secret_key, row.totp_sealed, _context(row.operator_id)).decode()
    step = _totp_step(secret, typed, now)
    if step is None or step <= row.totp_step:
        return None
    return [Update(store.operator, key, {"totp_step": step}, guard={"totp_step": row.totp_step})]


def _totp_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step this code belongs to, one step of tolerance on either side."""
    totp = pyotp.TOTP(secret)
    current = int(now.timestamp()) // STEP_S
    for step in (current, current - 1, current + 1):
        if secrets.compare_digest(totp.at(step * STEP_S), code.strip()[:6].rjust(6)):
            return step
    return None


def _context(operator_id: str) -> str:
    return f"totp/{operator_id}"
