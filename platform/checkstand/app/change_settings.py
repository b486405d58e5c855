"""A business unit changes its name, whom we write to, its time zone, and how long operational rows are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import available_timezones

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import EMAIL, Actor, EmailInvalid
from checkstand.app.platform import Platform
from checkstand.infra.ops import Update
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.member import get_tenant, tenant
from checkstand.member.retention import SPANS
from checkstand.member.unit_settings import settings_of, settings_op

MOST_CONTACTS: Final = 10
LONGEST_NAME: Final = 80


class NameMissing(CheckstandError):
    code = "settings.name_missing"
    message = "A business unit needs a name; shoppers see it."
    remedy = "Fill in the name in at least one language."


class NameTooLong(CheckstandError):
    code = "settings.name_too_long"
    message = "This name does not fit on a checkout page."
    remedy = f"Use at most {LONGEST_NAME} characters."


class TimeZoneUnknown(CheckstandError):
    code = "settings.time_zone_unknown"
    message = "There is no such time zone."
    remedy = "Choose one of the list, such as Asia/Shanghai."


class TooManyContacts(CheckstandError):
    code = "settings.too_many_contacts"
    message = "These are too many contacts."
    remedy = f"Name at most {MOST_CONTACTS} addresses; one of them may be a mailing list."


class RetentionOutOfRange(CheckstandError):
    code = "settings.retention_out_of_range"
    message = "This is not a number of days within the platform's limits."
    remedy = "Write a whole number of days between the two that stand beside the field."


class SettingsChanged(CheckstandError):
    code = "settings.changed"
    kind = Kind.CONFLICT
    message = "Somebody has saved these settings since you opened the page. Nothing was changed."
    remedy = "Look at what they are now, and save again what you still want to change."


def change_settings(
    platform: Platform, who: Actor, tenant_id: str, *,
    name: Mapping[str, str], contacts: Sequence[str], time_zone: str, revision: int,
    retention: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Save all of them; `revision` is the one that the page was made from. `retention`: kind → days as typed."""
    names = {locale: text.strip() for locale, text in name.items() if text.strip()}
    _check_names(names)
    addresses = _addresses(contacts)
    if time_zone not in available_timezones():
        raise TimeZoneUnknown(pointer="time_zone")
    days = _days(retention or {})
    with platform.db.read() as connection:
        row = present(get_tenant(connection, tenant_id), "whoever is in a unit has one", tenant=tenant_id)
        old = settings_of(connection, tenant_id)
    if old.revision != revision:
        raise SettingsChanged()
    before = {
        "name": dict(row.name),
        "contacts": list(old.contacts),
        "time_zone": old.time_zone,
        "retention": dict(old.retention),
    }
    # Names in languages that the form does not show stay.
    after = {
        "name": {**{k: v for k, v in row.name.items() if k not in name}, **names},
        "contacts": addresses,
        "time_zone": time_zone,
        "retention": _chosen({**old.retention, **days}),
    }
    if before == after:
        return
    told = who.audit(tenant_id, "settings.change", "unit", tenant_id, platform.clock.now(), before=before, after=after)
    values = {"contacts": addresses, "time_zone": time_zone, "retention": after["retention"]}
    ops = [
        settings_op(tenant_id, values, revision),
        Update(tenant, {"tenant_id": tenant_id}, {"name": after["name"]}),
        told,
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except (EdgeRefused, RowExists):
        raise SettingsChanged() from None


def _check_names(names: Mapping[str, str]) -> None:
    if not names:
        raise NameMissing(pointer="name")
    for locale, text in names.items():
        if len(text) > LONGEST_NAME:
            raise NameTooLong(pointer=f"name.{locale}")


def _days(typed: Mapping[str, str]) -> dict[str, int]:
    """What was typed, as days."""
    chosen: dict[str, int] = {}
    for kind, each in typed.items():
        span, text = SPANS[kind], each.strip()
        if not text.isascii() or not text.isdigit() or len(text) > 5 or not span.least <= int(text) <= span.most:
            raise RetentionOutOfRange(pointer=f"retention.{kind}")
        chosen[kind] = int(text)
    return chosen


def _chosen(days: Mapping[str, int]) -> dict[str, int]:
    """What differs from the platform's defaults; the rest follows them, also when they change."""
    return {kind: count for kind, count in days.items() if count != SPANS[kind].default}


def _addresses(contacts: Sequence[str]) -> list[str]:
    addresses = list(dict.fromkeys(each.strip().lower() for each in contacts if each.strip()))
    if len(addresses) > MOST_CONTACTS:
        raise TooManyContacts(pointer="contacts")
    for each in addresses:
        if not EMAIL.fullmatch(each) or len(each) > 254:
            raise EmailInvalid(pointer="contacts")
    return addresses
