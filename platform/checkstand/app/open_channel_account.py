"""The platform's operators give a business unit an account with a channel; its secrets are sealed at once."""

from __future__ import annotations

from collections.abc import Mapping

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.channel import store
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member import get_tenant
from checkstand.monitoring.audit import audit_op


class NoSuchUnit(CheckstandError):
    code = "unit.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such business unit."
    remedy = "Create it in the console, or check the spelling of its id."


def open_channel_account(
    platform: Platform,
    tenant_id: str,
    channel: str,
    mode: str,
    credentials: Mapping[str, str],
    *,
    cost_ppm: int = 0,
    base_url: str | None = None,
    by: str,
) -> str:
    """The id of the new account. Raises `CredentialsInvalid` with one message per field, `NoSuchUnit`."""
    with platform.db.read() as connection:
        if get_tenant(connection, tenant_id) is None:
            raise NoSuchUnit(f"there is no business unit {tenant_id!r}")
    manifest = platform.registry.channel(channel).manifest
    account_id, now = new_id("cha"), platform.clock.now()
    ops = store.create_account(
        manifest,
        platform.vault,
        tenant_id=tenant_id,
        channel_account_id=account_id,
        mode=mode,
        credentials=credentials,
        at=now,
        base_url=base_url,
        cost_ppm=cost_ppm,
    )
    after = {"channel": channel, "merchant": manifest.payee_of(credentials), "cost_ppm": cost_ppm}
    told = audit_op(
        tenant_id, "channel_account.open", "channel_account", account_id,
        actor_id="command_line", actor_email=by, ip="", at=now, mode=mode, after=after,
    )  # fmt: skip
    platform.poster.commit(WriteSet(ops=[*ops, told]))
    return account_id
