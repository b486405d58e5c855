"""The kill switch: hide a channel, or one of its methods, from new payments for a while; and take that back.

Open payments go on: their money may be on its way, and whoever has paid must be able to come back. A switch
ends by itself, because the person who set it at night is asleep when the channel is well again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.open_channel_account import NoSuchUnit
from checkstand.app.platform import Platform
from checkstand.channel import store
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import get_tenant
from checkstand.monitoring.audit import audit_op

LONGEST: Final = timedelta(days=30)
LONGEST_TEXT: Final = 200
MESSAGE: Final = {
    "en": "This way to pay has a break. Please choose another one.",
    "zh-CN": "该支付方式暂停服务，请选择其他方式。",
}


class StopReasonMissing(CheckstandError):
    code = "channel.stop_reason_missing"
    message = "Say why; whoever looks at the audit trail later wants to know."
    remedy = f"Give a reason of 1 to {LONGEST_TEXT} characters; shoppers do not see it."


class StopTooLong(CheckstandError):
    code = "channel.stop_too_long"
    message = "A channel is stopped for a minute to 30 days."
    remedy = "Choose a shorter time and repeat it when needed, or disable the channel account."


class StopMessageInvalid(CheckstandError):
    code = "channel.stop_message_invalid"
    message = "What shoppers read cannot be used."
    remedy = f"Write it as locale=text, such as en=Back soon, with at most {LONGEST_TEXT} characters."


class MethodNotServed(CheckstandError):
    code = "channel.method_not_served"
    message = "The channel does not serve this method."
    remedy = "Choose one of the methods that `checkstand channels list` shows, or leave the method out for all."


class NotStopped(CheckstandError):
    code = "channel.not_stopped"
    kind = Kind.CONFLICT
    message = "This channel is not stopped."
    remedy = "`checkstand channels stopped` lists what is."


def stop_channel(
    platform: Platform, tenant_ids: Sequence[str], channel: str, method: str, *,
    lasting: timedelta, message: Mapping[str, str], reason: str, by: str,
) -> datetime:  # fmt: skip
    """Stop it for all of these business units in one commit; tells until when. Stopping again changes the end."""
    reason = _checked(platform, channel, method, reason)
    if not timedelta(minutes=1) <= lasting <= LONGEST:
        raise StopTooLong(pointer="for")
    for text in message.values():
        if not 0 < len(text.strip()) <= LONGEST_TEXT:
            raise StopMessageInvalid(pointer="message")
    now = platform.clock.now()
    until, shown = now + lasting, {**MESSAGE, **message}
    after = {"method": method, "until": until.isoformat(), "reason": reason, "message": shown}
    ops: list[Op] = []
    for tenant_id in _known(platform, tenant_ids):
        switch = store.switch_off(
            tenant_id=tenant_id, channel=channel, method=method, message=shown, at=now, until=until
        )
        ops += [switch, _told(tenant_id, "channel.stop", channel, by, now, after)]
    platform.poster.commit(WriteSet(ops=ops))
    return until


def resume_channel(
    platform: Platform, tenant_ids: Sequence[str], channel: str, method: str, *, reason: str, by: str
) -> int:
    """End the stop now; tells for how many business units. Raises `NotStopped` when it is stopped nowhere."""
    reason = _checked(platform, channel, method, reason)
    now = platform.clock.now()
    ops: list[Op] = []
    for row in stopped(platform, tenant_ids):
        if (row.channel, row.method) == (channel, method):
            after = {"method": method, "reason": reason, "stopped_since": row.created_at.isoformat()}
            ops += [store.switch_on(row, now), _told(row.tenant_id, "channel.resume", channel, by, now, after)]
    if not ops:
        raise NotStopped()
    platform.poster.commit(WriteSet(ops=ops))
    return len(ops) // 2


def stopped(platform: Platform, tenant_ids: Sequence[str]) -> list[Row[Any]]:
    """Every stop in force in these business units."""
    known, now = _known(platform, tenant_ids), platform.clock.now()
    with platform.db.read() as connection:
        return [row for tenant_id in known for row in store.open_switches(connection, tenant_id, now)]


def _checked(platform: Platform, channel: str, method: str, reason: str) -> str:
    methods = {each.type for each in platform.registry.channel(channel).manifest.methods}
    if method and method not in methods:
        raise MethodNotServed(f"{channel} does not serve {method!r}; it serves {', '.join(sorted(methods))}")
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_TEXT:
        raise StopReasonMissing(pointer="reason")
    return reason


def _known(platform: Platform, tenant_ids: Sequence[str]) -> list[str]:
    with platform.db.read() as connection:
        for tenant_id in tenant_ids:
            if get_tenant(connection, tenant_id) is None:
                raise NoSuchUnit(f"there is no business unit {tenant_id!r}")
    return list(dict.fromkeys(tenant_ids))


def _told(tenant_id: str, action: str, channel: str, by: str, at: datetime, after: Mapping[str, Any]) -> Op:
    return audit_op(
        tenant_id, action, "channel", channel,
        actor_id="command_line", actor_email=by, ip="", at=at, after=after,
    )  # fmt: skip
