"""Test accounts of every channel for a business unit: the simulators know them, no money moves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from checkstand.app.platform import Platform
from checkstand.channel import store as channel_store
from checkstand.channel.port import Capability
from checkstand.infra.ops import Op
from checkstand.kernel import new_id

COST_PPM: Final = 3_800  # 0.38 %, what wallets ask of a large merchant


def sandbox_accounts(platform: Platform, tenant_id: str, *, besides: Collection[str] = ()) -> list[Op]:
    """One account per channel that has a simulator, but for those named in `besides`."""
    ops: list[Op] = []
    for channel in platform.registry.channels():
        if channel.simulator is None or channel.manifest.name in besides:
            continue
        ops += channel_store.create_account(
            channel.manifest,
            platform.vault,
            tenant_id=tenant_id,
            channel_account_id=new_id("cha"),
            mode="test",
            credentials=channel.test_credentials(),
            at=platform.clock.now(),
            cost_ppm=COST_PPM if Capability.PAY in channel.manifest.capabilities else 0,
        )
    return ops
