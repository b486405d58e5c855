"""Members of Lantern Books as its server sees them: over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.world import LANTERN, Response, World

from checkstand.accounting import AccountRef
from checkstand.accounting.reading import balance
from checkstand.kernel import new_id
from checkstand.member.cards import bank_card
from checkstand.member.store import member


@dataclass
class Desk:
    """What tests of members do and ask."""

    world: World

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        return self.world.api("POST", f"/v1{path}", body, **headers)

    def get(self, path: str, **more: Any) -> Response:
        return self.world.api("GET", f"/v1{path}", **more)

    def made(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        answer = self.post(path, body, **headers)
        assert answer.status in (200, 201), answer.text
        return dict(answer.json())

    def refused(self, path: str, body: Any = None, **headers: str) -> str:
        """The code of a refusal."""
        answer = self.post(path, body, **headers)
        assert answer.status >= 400, answer.text
        return str(answer.json()["code"])

    def shop(self, external_id: str = "", **enterprise: Any) -> str:
        """An enterprise member that sells."""
        known = {"legal_name": "Paper Moon Ltd", "registration_no": "91310000MA1FL0AB12", **enterprise}
        body = {"external_id": external_id or new_id("shop"), "kind": "enterprise", "enterprise": known}
        return str(self.made("/members", body)["id"])

    def freeze(self, member_id: str) -> None:
        self.made(f"/members/{member_id}/freeze", {"reason": "a court order"})

    def card(self, member_id: str, number: str = "6222 0212 3456 7890 123", **changes: str) -> dict[str, Any]:
        body = {"card_number": number, "holder_name": "梅 雪", "bank_code": "102100000021", **changes}
        return self.made(f"/members/{member_id}/cards", body)

    def row(self, member_id: str) -> Any:
        with self.world.platform.db.read() as connection:
            return connection.execute(select(member).where(member.c.member_id == member_id)).one()

    def card_row(self, card_id: str) -> Any:
        with self.world.platform.db.read() as connection:
            return connection.execute(select(bank_card).where(bank_card.c.card_id == card_id)).one()

    def booked(self, code: str, owner: str) -> int:
        with self.world.platform.db.read() as connection:
            return balance(connection, LANTERN, AccountRef(code, owner, "CNY"))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)
