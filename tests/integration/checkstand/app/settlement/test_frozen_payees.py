"""A frozen payee is paid nothing until it is unfrozen; what it earned waits where it is."""

from __future__ import annotations

from datetime import date, timedelta

from tests.integration.checkstand.app.settlement.conftest import Till

TUESDAY = date(2026, 11, 17)


def test_the_batch_of_a_frozen_payee_waits_and_is_paid_when_it_is_unfrozen(till: Till) -> None:
    known = {"legal_name": "Paper Moon Ltd", "registration_no": "91310000MA1FL0AB12"}
    api = till.world.api
    shop = api("POST", "/v1/members", {"external_id": "moon", "enterprise": known}).json()["id"]
    till.profile(shop)
    till.sell(payee=shop)
    api("POST", f"/v1/members/{shop}/freeze", {"reason": "a court order"})

    till.to(TUESDAY)
    held = till.run()

    assert [batch.status for batch in held.batches if batch.owner_id == shop] == ["CALCULATED"]
    assert any("member.frozen" in problem for problem in held.problems)
    assert till.books("2102", "2103", owner=shop) == {"2102": 9_940, "2103": 0}

    api("POST", f"/v1/members/{shop}/unfreeze")
    till.to(TUESDAY + timedelta(days=1))
    till.run()
    assert till.books("2102", "2103", owner=shop) == {"2102": 0, "2103": 9_940}
