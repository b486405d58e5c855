"""What the proof finds, in the console: it stands in the way of publishing, with an order that shows why."""

import re

import pytest
from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.test_publishing import BOOKS, SOURCE, actor, live_pointer, passed_checks

from checkstand.app.apply_scenarios import publish_catalogue
from checkstand.app.edit_draft import check_draft, find_draft, save_draft, start_from_template
from checkstand.app.prove_scenarios import ProofRefused
from checkstand.scenario import Catalogue

REASON = "Night orders of <new> shoppers are taken by telephone."
EMPTY = SOURCE.replace("type: balance", "type: wechat_pay") + (
    "rules:\n  - {id: night, effect: hide, when: 'shopper.tier == \"new\" && hour >= 22'}\n"
)
WORDS = "amount ¥100.00, new shopper, on a computer at 22:00"


@pytest.fixture
def draft(platform):
    """`draft(source)` is what the developer has written; tells its revision."""

    def write(source):
        who = actor(platform, "developer")
        begun = find_draft(platform, UNIT, "books") or start_from_template(platform, who, UNIT, "donation", "books")
        return save_draft(platform, who, UNIT, "books", source, begun.revision).revision

    return write


@pytest.fixture
def overridden(person, platform):
    """The version with the defect, published to test from the command line with a reason."""
    person("developer")
    catalogue = Catalogue((check_draft(platform, "books", EMPTY),))
    publish_catalogue(platform, UNIT, catalogue, "test", "command line", override=REASON)
    return catalogue.files[0].version


def test_a_draft_that_leaves_orders_without_a_method_is_not_published(person, platform, draft):
    developer = person("developer")
    answer = developer.post(f"{BOOKS}/publish", revision=draft(EMPTY), note="")

    assert answer.status_code == 400
    assert "some orders see no payment method at all" in answer.text
    assert f"For example: {WORDS}" in answer.text
    assert live_pointer(platform, "test") is None


def test_the_studio_shows_the_order_beside_the_text(person, draft):
    developer = person("developer")
    studio = BOOKS.replace("publishing", "studio")
    draft(EMPTY)

    assert f"For example: {WORDS}" in developer.get(studio).text
    corrected = EMPTY.replace("effect: hide", "effect: note")
    assert "For example" not in developer.post(f"{studio}/check", source=corrected, revision="1").text
    assert f"For example: {WORDS}" in developer.post(f"{studio}/check", source=EMPTY, revision="1").text


def test_a_warning_of_the_proof_does_not_stand_in_the_way(person, platform, draft):
    developer = person("developer")
    dead = EMPTY.replace("hour >= 22", "hour > 23")
    answer = developer.post(f"{BOOKS}/publish", revision=draft(dead), note="")

    assert answer.status_code == 303, answer.text
    assert live_pointer(platform, "test") is not None


def test_an_override_is_shown_in_the_history_and_to_whoever_approves(person, overridden):
    page = person("developer").get(BOOKS).text

    assert passed_checks(page)["proof"] == "yes"
    assert ">! accepted<" in page
    assert f"For example: {WORDS}" in page
    told = re.findall(r'data-testid="override">(.*?)</(?:span|p)>', page, re.DOTALL)
    assert len(told) == 2  # at the check, and in the history
    assert page.count("Night orders of &lt;new&gt; shoppers are taken by telephone.") == 2


def test_the_same_version_of_another_unit_is_not_excused(platform, person, overridden):
    person("developer")
    catalogue = Catalogue((check_draft(platform, "books", EMPTY),))

    with pytest.raises(ProofRefused):
        publish_catalogue(platform, UNIT, catalogue, "live", "command line")


def test_a_reader_of_chinese_is_told_in_chinese_what_kind_of_defect_it_is(person, draft):
    developer = person("developer")
    developer.post("/admin/locale", locale="zh-CN", next=BOOKS)
    answer = developer.post(f"{BOOKS}/publish", revision=draft(EMPTY), note="")

    assert "部分订单看不到任何支付方式。" in answer.text
    assert "例如：" in answer.text
