"""What is published to test is tried from the studio: one session for each press, on the trail."""

from __future__ import annotations

import re

from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.studio import BOOKS, counts, draft

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.console_access import Actor
from checkstand.infra.ops import Update
from checkstand.member.operators import operator
from checkstand.monitoring.audit import audit_page


def test_what_is_published_to_test_can_be_tried_once_per_press(owner, platform):
    assert "Publish the scenario to test first" in owner.get(BOOKS).text
    assert owner.post(f"{BOOKS}/try", order_no="TRY-abcdef12").status_code == 404

    file = platform.settings.var_dir / "books.yaml"
    file.write_text(draft(platform).source, encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    order_no = re.search(r'name="order_no" value="([^"]+)"', owner.get(BOOKS).text).group(1)
    where = {owner.post(f"{BOOKS}/try", order_no=order_no).headers["location"] for _ in range(2)}

    assert len(where) == 1
    page = owner.get(where.pop()).text
    assert re.search(r'href="http[^"]+/c/[^"]+"[^>]*data-testid="open-try"', page)
    assert counts(platform)["cashier_session"] == 1
    with platform.db.read() as connection:
        tries = [line for line in audit_page(connection, UNIT) if line.action == "scenario.try"]
    assert [line.after["order_no"] for line in tries] == [order_no]


def test_a_try_whose_line_cannot_be_written_has_not_happened(owner, platform, monkeypatch):
    file = platform.settings.var_dir / "books.yaml"
    file.write_text(draft(platform).source, encoding="utf-8")
    apply_scenarios(platform, UNIT, [file], "test", by="test")
    refused = Update(operator, {"operator_id": "nobody"}, {"name": "x"}, guard={"name": "y"})
    monkeypatch.setattr(Actor, "audit", lambda *_, **__: refused)

    assert owner.post(f"{BOOKS}/try", order_no="TRY-abcdef12").status_code >= 400
    assert counts(platform)["cashier_session"] == 0


def test_a_try_needs_a_number_of_ours(owner):
    assert owner.post(f"{BOOKS}/try", order_no="'; DROP").status_code == 400
