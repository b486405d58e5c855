"""The demo business unit: keys, channel accounts with fresh test credentials, members with a balance, a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from checkstand.accounting import AccountRef, AlreadyPosted, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import balance
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.channel_sandbox import sandbox_accounts
from checkstand.app.edges import edge
from checkstand.app.manage_members import create_member
from checkstand.app.members.bank_cards import AddCard, add_card
from checkstand.app.platform import Platform
from checkstand.channel import store as channel_store
from checkstand.infra.ops import Op
from checkstand.infra.webhooks import AddressPolicy, create_endpoint, disable_op, endpoints
from checkstand.member import find_key, get_tenant, new_api_key, tenant_op
from checkstand.member.states import CardEvent

TENANT: Final = "demo-retail"
NAME: Final = {"en": "Lantern Mall", "zh-CN": "灯笼商城", "ar": "متجر الفانوس"}
# Who shops in the demo: Mei has money in her balance, Otto has none.
MEMBERS: Final = {"mei": ("Mei", 500_000), "otto": ("Otto", 0)}


@dataclass(frozen=True, slots=True)
class DemoInfo:
    """What the demo's address file says about the business unit; shown again at every start."""

    tenant_id: str
    api_key: str
    webhook_secret: str


def seed_demo(
    platform: Platform, *, hook_url: str, scenario_paths: list[Path], known: Mapping[str, Any] | None = None
) -> DemoInfo:
    """Make what is missing. A second start finds everything there and changes nothing."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        present = get_tenant(connection, TENANT) is not None
    if not present:
        platform.poster.commit(WriteSet(ops=[tenant_op(TENANT, NAME, now)]))
    _channel_accounts(platform)
    _members(platform)
    api_key = _api_key(platform, str((known or {}).get("api_key", "")))
    secret = _endpoint(platform, hook_url)
    apply_scenarios(platform, TENANT, scenario_paths, mode="test", by="demo")
    return DemoInfo(TENANT, api_key, secret)


def _api_key(platform: Platform, known: str) -> str:
    with platform.db.read() as connection:
        row = find_key(connection, known) if known else None
    if row is not None and row.revoked_at is None and row.tenant_id == TENANT:
        return known
    secret, op = new_api_key(TENANT, "test", platform.clock.now())
    platform.poster.commit(WriteSet(ops=[op]))
    return secret


def _channel_accounts(platform: Platform) -> None:
    with platform.db.read() as connection:
        present = {row.channel for row in channel_store.active_accounts(connection, TENANT, "test")}
    ops = sandbox_accounts(platform, TENANT, besides=present)
    if ops:
        platform.poster.commit(WriteSet(ops=ops))


def _members(platform: Platform) -> None:
    for external_id, (name, minor) in MEMBERS.items():
        open_member(platform, external_id, name, minor)


def open_member(platform: Platform, external_id: str, name: str, minor: int) -> None:
    """A member of the demo, with an opening balance the first time."""
    member, _ = create_member(platform, TENANT, "test", external_id, name)
    account = member_balance(member.member_id, "CNY")
    with platform.db.read() as connection:
        untouched = balance(connection, TENANT, account) == 0
    if untouched and minor:
        _open_balance(platform, member.member_id, account, minor)
    if external_id == "mei":
        verified_card(platform, member.member_id, name, "6222020200112233445")


def verified_card(platform: Platform, member_id: str, holder: str, number: str) -> str:
    """A bank card that money can be withdrawn to at once; its verification is what the demo leaves out. Its id."""
    row, made = add_card(platform, AddCard(TENANT, "test", member_id, holder, "102100000021", number))
    if made:
        now = platform.clock.now()
        verified = edge("bank_card", row, (CardEvent.VERIFY, CardEvent.CONFIRM), now, values={"verified_at": now})
        platform.poster.commit(WriteSet(ops=verified))
    return str(row.card_id)


def _open_balance(platform: Platform, member_id: str, account: AccountRef, minor: int) -> None:
    """An opening balance; its journal is unique per member, so spending it all does not bring it back."""
    # Out of the operator's own money, which the first statement of the demo's bank account puts on the same code.
    entries = (Entry(AccountRef("3001", "demo-opening", "CNY"), minor), Entry(account, -minor))
    journal = Journal(
        TENANT, "opening", "member", member_id, entries, platform.clock.now(), memo="demo opening balance"
    )
    try:
        platform.poster.commit(WriteSet(journals=[journal]))
    except AlreadyPosted:
        pass  # opened at an earlier start and spent since


def _endpoint(platform: Platform, url: str) -> str:
    """The storefront's endpoint. At another port than last time the old one is disabled."""
    key, now = platform.settings.secret_key, platform.clock.now()
    with platform.db.read() as connection:
        known = [end for end in endpoints(connection, TENANT, "test") if end.status != "disabled"]
    same = next((end for end in known if end.url == url), None)
    ops: list[Op] = [disable_op(end, "the demo moved", now) for end in known if end.url != url]
    if same is None:
        policy = AddressPolicy.of("test", allow_private=platform.settings.allow_private_webhooks)
        _, secret, op = create_endpoint(TENANT, "test", url, key=key, policy=policy, at=now)
        ops.append(op)
    else:
        secret = same.secret(key)
    if ops:
        platform.poster.commit(WriteSet(ops=ops))
    return secret
