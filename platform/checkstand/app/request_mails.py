"""What happens to a request for live is told to the unit's contacts, and a decision to whoever asked for it, too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from checkstand.app.platform import Platform
from checkstand.app.write_mail import console_link, mail_ops
from checkstand.infra.ops import Op
from checkstand.member.operators import get_operator


def request_link(platform: Platform, tenant_id: str, scenario_id: str, request_id: str) -> str:
    """The page of a request."""
    return console_link(platform, "u", tenant_id, "live", "publishing", scenario_id, "requests", request_id)


def decision_mails(platform: Platform, request: Row[Any], kind: str, who: str, note: str, **facts: Any) -> list[Op]:
    """One mail each; `kind` is one of `mail_words.WORDS`, `who` the address of whoever decided."""
    with platform.db.read() as connection:
        asked = get_operator(connection, request.requested_by)
    told = {"scenario": request.scenario_id, "who": who, "note": note, **facts}
    link = request_link(platform, request.tenant_id, request.scenario_id, request.request_id)
    also = [asked.email] if asked is not None else []
    return mail_ops(platform, request.tenant_id, kind, link, told, platform.clock.now(), also=also)
