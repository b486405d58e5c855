"""The channels that docs/explanations/proof.md tells its examples with: three usual ones and four with a weakness."""

from __future__ import annotations

from typing import Final

from tests.unit.checkstand.proof.cashier import channel, channels

from checkstand.proof.facts import Installed

CHANNELS: Final[Installed] = channels(
    desktop_only=channel("alipay", terminals=frozenset(["pc"])),
    dollars_only=channel("alipay", currencies=("USD",)),
    small_amounts=channel("alipay", limits={"CNY": (1, 30_000)}),
    no_refunds=channel("alipay", capabilities=("pay",)),
)
