"""A business unit sets what a withdrawal costs, and from which amount on two people look at it first."""

from __future__ import annotations

from typing import Final

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.change_settings import SettingsChanged
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Money
from checkstand.kernel.money import MoneyError
from checkstand.member.unit_settings import settings_of, settings_op
from checkstand.settlement.withdrawal_rules import WithdrawalRules

CURRENCY: Final = "CNY"
MOST_MINOR: Final = 10**13
MOST_PPM: Final = 1_000_000


class RuleWrong(CheckstandError):
    code = "withdrawal.rule_wrong"
    message = "A fee or the limit cannot be read."
    remedy = "Write amounts like 2.00 and the rate in parts per million, like 1000 for 0.1 %."


def withdrawal_rules(platform: Platform, tenant_id: str) -> tuple[WithdrawalRules, int]:
    """The rules, and the revision of the settings that a change is made from."""
    with platform.db.read() as connection:
        settings = settings_of(connection, tenant_id)
    return WithdrawalRules.of(settings.withdrawals), settings.revision


def change_rules(
    platform: Platform, who: Actor, tenant_id: str, *, flat: str, rate_ppm: str, approval_above: str, revision: int
) -> None:
    """Save what was typed; withdrawals that were asked for keep the fee they were promised."""
    rules = WithdrawalRules(_minor(flat, "flat"), _ppm(rate_ppm), _minor(approval_above, "approval_above"))
    with platform.db.read() as connection:
        old = settings_of(connection, tenant_id)
    if old.revision != revision:
        raise SettingsChanged()
    before, after = WithdrawalRules.of(old.withdrawals).stored(), rules.stored()
    if before == after:
        return
    values: dict[str, object] = {"withdrawals": after}
    if revision == 0:
        values |= {"time_zone": old.time_zone, "contacts": list(old.contacts), "retention": dict(old.retention)}
    now = platform.clock.now()
    told = who.audit(tenant_id, "withdrawal_rules.change", "unit", tenant_id, now, before=before, after=after)
    try:
        platform.poster.commit(WriteSet(ops=[settings_op(tenant_id, values, revision), told]))
    except (EdgeRefused, RowExists):
        raise SettingsChanged() from None


def _minor(text: str, pointer: str) -> int:
    try:
        minor = Money.from_decimal(text.strip(), CURRENCY).minor
    except MoneyError:
        raise RuleWrong(pointer=pointer) from None
    if not 0 <= minor <= MOST_MINOR:
        raise RuleWrong(pointer=pointer)
    return minor


def _ppm(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 7 or int(text) > MOST_PPM:
        raise RuleWrong(pointer="rate_ppm")
    return int(text)
