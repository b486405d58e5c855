"""Messages: the mails of this business unit, so that nobody has to ask whether one was sent."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from checkstand.app.read_messages import list_messages, read_message
from checkstand.infra.mail import STATES
from checkstand_admin.console import AnyRequest, Console


def routes(console: Console) -> list[Any]:
    platform = console.platform

    @get("/u/{unit:str}/{mode:str}/messages", needs="messages.read", sync_to_thread=True)
    def index(request: AnyRequest) -> Response[bytes]:
        who = console.enter(request)
        state = request.query_params.get("state", "")
        state = state if state in STATES else ""
        found = list_messages(platform, who.unit, state=state, cursor=request.query_params.get("cursor", ""))
        t = console.texts.speaker(console.locale(request, who))
        kept = {"state": state} if state else {}
        older = urlencode({**kept, "cursor": found.page.next_cursor}) if found.page.next_cursor else ""
        values: dict[str, Any] = {
            "found": found,
            "state": state,
            "states": [("", t("messages.all")), *((each, t(f"messages.state.{each}")) for each in STATES)],
            "older_url": f"{who.url('messages')}?{older}" if older else "",
            "can_send": bool(platform.settings.smtp_url),
        }
        return console.page(request, who, "messages/messages.html", **values)

    @get("/u/{unit:str}/{mode:str}/messages/{mail_id:str}", needs="messages.read", sync_to_thread=True)
    def show(request: AnyRequest, mail_id: FromPath[str]) -> Response[bytes]:
        who = console.enter(request)
        row, letter = read_message(platform, who.actor, who.unit, who.mode, mail_id)
        sender = platform.settings.mail_sender
        return console.page(request, who, "messages/message.html", row=row, letter=letter, sender=sender)

    return [index, show]
