"""Drafts of scenarios: begun from a template, saved by several people, checked, discarded."""

import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.app import edit_draft
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.console_access import Actor
from checkstand.infra.resources import scenarios
from checkstand.monitoring.audit import audit_page
from checkstand.scenario.schema import SCHEMA

OLIVE, DEV = Actor("op_olive", "owner@example.com", ""), Actor("op_dev", "developer@example.com", "")


@pytest.fixture
def draft(platform):
    return edit_draft.start_from_template(platform, OLIVE, UNIT, "mall-order", "books")


@pytest.mark.parametrize("template", sorted(edit_draft.templates()))
def test_every_template_becomes_a_valid_draft_of_the_unit(platform, template):
    draft = edit_draft.start_from_template(platform, OLIVE, UNIT, template, "ours")
    loaded = edit_draft.check_draft(platform, "ours", draft.source)

    assert loaded.ok, loaded.problems
    assert loaded.document["metadata"]["id"] == "ours"
    assert loaded.document["metadata"]["owner"] == UNIT
    kept = [line for line in edit_draft.templates()[template].splitlines() if line.lstrip().startswith("#")]
    assert [line for line in draft.source.splitlines() if line.lstrip().startswith("#")] == kept


def test_a_save_counts_up_and_is_audited(platform, draft):
    saved = edit_draft.save_draft(platform, DEV, UNIT, "books", draft.source + "# more\r\n", draft.revision)

    assert (saved.revision, saved.updated_by) == (2, "developer@example.com")
    assert saved.source.endswith("# more\n")
    with platform.db.read() as connection:
        actions = [row.action for row in audit_page(connection, UNIT)]
    assert {"draft.start", "draft.save"} <= set(actions)


@on_both_engines
def test_the_second_of_two_editors_is_told_and_loses_nothing(platform, draft):
    edit_draft.save_draft(platform, OLIVE, UNIT, "books", draft.source + "# first\n", draft.revision)

    with pytest.raises(edit_draft.DraftChanged) as refused:
        edit_draft.save_draft(platform, DEV, UNIT, "books", draft.source + "# second\n", draft.revision)

    assert refused.value.current.source.endswith("# first\n")
    assert edit_draft.read_draft(platform, UNIT, "books").source.endswith("# first\n")


def test_the_same_save_twice_is_one(platform, draft):
    one = edit_draft.save_draft(platform, OLIVE, UNIT, "books", draft.source + "# x\n", draft.revision)
    two = edit_draft.save_draft(platform, OLIVE, UNIT, "books", draft.source + "# x\n", draft.revision)

    assert one == two


@on_both_engines
def test_a_discarded_draft_is_gone_and_an_old_tab_cannot_save_over_its_successor(platform, draft):
    edit_draft.discard_draft(platform, OLIVE, UNIT, "books", draft.revision)
    with pytest.raises(edit_draft.DraftUnknown):
        edit_draft.read_draft(platform, UNIT, "books")

    again = edit_draft.start_from_template(platform, OLIVE, UNIT, "donation", "books")
    with pytest.raises(edit_draft.DraftChanged):
        edit_draft.save_draft(platform, DEV, UNIT, "books", draft.source + "# old\n", draft.revision)
    assert edit_draft.read_draft(platform, UNIT, "books") == again


def test_a_draft_begins_from_the_published_version_and_remembers_it(platform):
    applied = apply_scenarios(platform, UNIT, [scenarios() / "donation.yaml"], "test", by="test")
    draft = edit_draft.start_from_version(platform, OLIVE, UNIT, "donation", "test")

    assert draft.base_hash == applied.scenarios[0].version
    assert draft.source == (scenarios() / "donation.yaml").read_text("utf-8")
    with pytest.raises(edit_draft.ScenarioIdTaken):
        edit_draft.start_from_template(platform, OLIVE, UNIT, "mall-order", "donation")


def test_another_unit_sees_no_draft_and_may_use_the_same_id(platform, draft):
    with pytest.raises(edit_draft.DraftUnknown):
        edit_draft.read_draft(platform, RIVAL, "books")
    with pytest.raises(edit_draft.DraftUnknown):
        edit_draft.save_draft(platform, OLIVE, RIVAL, "books", "x: 1", 1)
    assert edit_draft.start_from_template(platform, OLIVE, RIVAL, "donation", "books").tenant_id == RIVAL


@pytest.mark.parametrize("scenario_id", ["", "A", "a b", "../up", "x" * 65, "-a", "a_b"])
def test_a_wrong_id_is_refused(platform, scenario_id):
    with pytest.raises(edit_draft.ScenarioIdInvalid):
        edit_draft.start_from_template(platform, OLIVE, UNIT, "mall-order", scenario_id)


def test_a_text_beyond_the_limit_is_refused_and_the_draft_stays(platform, draft):
    with pytest.raises(edit_draft.DraftTooLarge):
        edit_draft.save_draft(platform, OLIVE, UNIT, "books", "# " + "x" * 5_000_000, draft.revision)
    assert edit_draft.read_draft(platform, UNIT, "books").revision == 1


def test_the_id_of_a_draft_cannot_change_in_its_text(platform, draft):
    loaded = edit_draft.check_draft(platform, "books", draft.source.replace("id: books", "id: other"))

    assert not loaded.ok
    assert loaded.problems[0].code == "draft.id_differs"
    assert "id: other" in draft.source.replace("id: books", "id: other").splitlines()[loaded.problems[0].line - 1]


SHAPES = ("1", "x", "true", "null", "[1]", "[[1]]", "[null]", "{a: 1}", "{en: 3}", "{tokens: 3}", "{supported: [[1]]}")
ITEMS = ("[{id: 1}]", "[{id: a, type: [1], order: x}]", "{a: 3}", "{a: {type: {b: 1}}}", "{session: 3, pay: [1]}")


@pytest.mark.parametrize("part", sorted(SCHEMA["properties"]))
def test_a_part_of_any_shape_gets_messages_and_never_breaks_the_check(platform, part):
    for value in (*SHAPES, *ITEMS):
        for above in ("", "extends: base/retail\n"):
            text = f"{above}{part}: {value}\n"
            assert edit_draft.check_draft(platform, "books", text).problems, text
