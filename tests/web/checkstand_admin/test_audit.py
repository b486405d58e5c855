"""The audit trail as people read it and take it with them."""

import csv
import io
import re

import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import WriteSet
from checkstand.app import read_audit
from checkstand.monitoring.audit import audit_op
from checkstand_admin.audit.diff import Difference, differences

AUDIT = f"/admin/u/{UNIT}/test/audit"


def note(platform, object_id="key_1", action="key.create", tenant=UNIT, **more):
    values = {"actor_id": "opr_1", "actor_email": "olive@example.com", "ip": "", "at": platform.clock.now(), **more}
    platform.poster.commit(WriteSet(ops=[audit_op(tenant, action, "key", object_id, **values)]))


def lines(page):
    return page.text.count('data-testid="line"')


def exported(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_change_is_shown_with_before_and_after(person, platform):
    note(platform, before={"role": "analyst", "kept": 1}, after={"role": "finance", "kept": 1})
    page = person("owner").get(AUDIT).text

    assert "</span>analyst</del>" in page
    assert "</span>finance</ins>" in page
    assert "<dt>kept</dt>" not in page


@on_both_engines
@pytest.mark.parametrize(("text", "found"), [("KEY_a%", 1), ("rose@", 1), ("key_", 2), ("nothing here", 0)])
def test_the_search_finds_objects_and_people_and_takes_signs_as_they_are(person, platform, text, found):
    note(platform, "Key_A%1")
    note(platform, "key_b", actor_email="rose@example.com")

    assert lines(person("owner").client.get(AUDIT, params={"text": text})) == found


def test_one_action_can_be_looked_at_alone(person, platform):
    note(platform, action="key.create")
    note(platform, action="key.revoke")
    page = person("owner").get(f"{AUDIT}?action=key.revoke")

    assert lines(page) == 1
    assert '<option value="key.revoke" selected>' in page.text


@on_both_engines
def test_pages_follow_each_other_without_a_gap(person, platform, monkeypatch):
    monkeypatch.setattr(read_audit, "PAGE", 2)
    for number in range(5):
        note(platform, f"obj_{number}", action="page.turn")
    owner, address, seen = person("owner"), f"{AUDIT}?action=page.turn", []
    while address:
        page = owner.get(address).text
        seen += re.findall(r">(obj_\d)</a>", page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        address = link.group(1).replace("&amp;", "&") if link else ""

    assert seen == ["obj_4", "obj_3", "obj_2", "obj_1", "obj_0"]


def test_a_cursor_from_somewhere_else_is_refused(person):
    assert person("owner").get(f"{AUDIT}?before=pay_1").status_code == 400


def test_another_units_lines_are_not_there(person, platform):
    note(platform, "rivals_secret", tenant=RIVAL)
    owner = person("owner")

    assert "rivals_secret" not in owner.get(f"{AUDIT}?text=rivals").text.replace('value="rivals"', "")
    assert "rivals_secret" not in owner.get(f"{AUDIT}/export.csv").text
    assert owner.get(f"/admin/u/{RIVAL}/test/audit").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("reviewer", 200), ("finance", 403), ("rival", 404), ("admin", 200)])
def test_who_may_read_the_trail(person, role, status):
    someone = person(role)

    assert someone.get(AUDIT).status_code == status
    assert someone.get(f"{AUDIT}/export.csv").status_code == status


@on_both_engines
def test_an_export_has_every_line_and_is_on_the_trail_itself(person, platform, monkeypatch):
    monkeypatch.setattr(read_audit, "CHUNK", 2)
    for number in range(5):
        note(platform, f"obj_{number}", action="page.turn")
    answer = person("owner").get(f"{AUDIT}/export.csv?action=page.turn")

    assert [row["object_id"] for row in exported(answer)] == ["obj_4", "obj_3", "obj_2", "obj_1", "obj_0"]
    assert answer.headers["content-disposition"] == f'attachment; filename="audit-{UNIT}.csv"'
    assert lines(person("owner").get(f"{AUDIT}?action=audit.export")) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_an_export_is_a_formula(person, platform, start):
    note(platform, f'{start}HYPERLINK("http://evil.example")', action="evil.do")
    row = exported(person("owner").get(f"{AUDIT}/export.csv?action=evil.do"))[0]

    assert row["object_id"].startswith(f"'{start}")


def test_what_others_wrote_is_text(person, platform):
    note(platform, "<script>alert(1)</script>", after={"<b>": "</ins><script>"})
    page = person("owner").get(AUDIT).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_search_without_lines_says_so(person):
    page = person("owner").get(f"{AUDIT}?text=nobody-at-all").text

    assert 'data-testid="empty"' in page


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, {"a": 1}, [Difference("a", None, "1")]),
        ({"a": {"b": "x", "c": 1}}, {"a": {"b": "y", "c": 1}}, [Difference("a.b", "x", "y")]),
        ({"a": []}, None, [Difference("a", "[]", None)]),
        ({"a": "x"}, {"a": "x"}, []),
        (None, None, []),
    ],
)
def test_only_what_differs_is_told(before, after, expected):
    assert differences(before, after) == expected
