"""Partners' shares of the settlement section: what the text has, and one more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checkstand.kernel import Money
from checkstand.kernel.money import EXPONENTS
from checkstand.scenario.edit_items import value_at
from checkstand.scenario.schema import SCHEMA
from checkstand_admin.console import Form
from checkstand_admin.studio.settings import SettingInvalid, percent_of, ppm_of

SPLITS: Final = ("settlement", "splits")
_ID: Final = re.compile(SCHEMA["$defs"]["id"]["pattern"])


@dataclass(frozen=True, slots=True)
class Share:
    """One partner's share as a line of the form."""

    id: str
    member: str
    part: str  # "2.5 %", or a fixed amount


def shares_of(document: Mapping[str, Any]) -> list[Share]:
    """The shares that the scenario writes down."""
    found = value_at(document, SPLITS) or ()
    currency = str(value_at(document, ("amount_limits", "currency")))
    return [Share(str(each["id"]), str(each["member"]), _part(each, currency)) for each in found]


def _part(share: Mapping[str, Any], currency: str) -> str:
    if "amount" in share:
        return f"{Money(share['amount'], currency).decimal() if currency in EXPONENTS else share['amount']} {currency}"
    return f"{percent_of(share['rate_ppm'])} %"


def wanted_share(document: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """The share that the form describes."""
    share_id, member, rate = form["share.id"].strip(), form["share.member"].strip(), ppm_of(form["share.rate"])
    if not _ID.fullmatch(share_id) or any(share.id == share_id for share in shares_of(document)):
        raise SettingInvalid("a share needs an id of its own: lower-case letters, digits, _ and -", pointer="share.id")
    if not member or not rate:
        raise SettingInvalid("a share needs a member and a rate above zero", pointer="share.member")
    return {"id": share_id, "member": member, "rate_ppm": rate}
