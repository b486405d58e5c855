"""The page that explains a checkout: an imagined order, a recorded session, and only one's own."""

import re

import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT

from checkstand.app.apply_scenarios import publish_catalogue
from checkstand.app.create_session import create_session
from checkstand.app.edit_draft import check_draft
from checkstand.app.session_rows import CreateSession
from checkstand.scenario import Catalogue

PAGE = f"/admin/u/{UNIT}/test/explain"
SOURCE = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
amount_limits: {currency: CNY, max: 500000}
methods:
  - {id: ali, type: alipay, order: 10}
  - {id: wx, type: wechat_pay, order: 20}
rules: [{id: cap, effect: hide, applies_to: [ali], when: 'shopper.tier == "new" && amount > 10000'}]
experiments:
  - id: first
    layer: books
    variations: [{id: control, weight: 0.5}, {id: wx_first, weight: 0.5, patch: {methods: {wx: {order: 5}}}}]
locales: {default: en, supported: [en]}
"""


@pytest.fixture
def session(platform):
    """A recorded session of a new shopper; tells its id."""
    loaded = check_draft(platform, "books", SOURCE)
    publish_catalogue(platform, UNIT, Catalogue((loaded,)), "test", "tests")
    order = {"order_no": "N-1", "amount_minor": 20_000, "currency": "CNY", "title": "Two novels", "terminal": "pc"}
    wish = {"scenario": "books", "shopper": {"id": "mei", "tier": "new"}, **order}
    return create_session(platform, CreateSession(tenant_id=UNIT, mode="test", **wish)).session_id


def states(page):
    return dict(re.findall(r'data-testid="method-(\w+)" data-state="(\w+)"', page))


def test_an_order_is_explained_with_its_rule_values_and_line(person, session):
    analyst = person("analyst")
    page = analyst.get(f"{PAGE}?scenario=books&amount=100.01&shopper.tier=new&shopper.id=mei").text

    assert states(page)["ali"] == "hidden"
    assert 'data-testid="rule-cap" data-fired="yes"' in page
    assert "rule cap hides it" in page
    assert "Hide Alipay when the shopper is new and the amount is above ¥100.00." in page
    assert "shopper.tier = new" in page
    assert re.search(r"<td><code>rules.cap.when</code></td>.*<code>books@\w{12}:8</code>", page)
    assert states(analyst.get(f"{PAGE}?scenario=books&amount=100.00&shopper.tier=new").text)["ali"] == "visible"


def test_the_experiment_is_told_with_its_arithmetic(person, session):
    page = person("owner").get(f"{PAGE}?scenario=books&shopper.id=mei").text

    assert re.search(r"hash of layer \+ unit → \d+ of 10000; range 0 to 1: inside", page)
    assert "← here" in page


def test_a_recorded_session_is_explained_as_it_was_seen(person, session):
    page = person("analyst").get(f"{PAGE}?session={session}").text

    assert states(page)["ali"] == "hidden"
    assert f"as session {session} first saw it" in page
    assert "frozen when the session was made" in page


def test_chinese_is_spoken(person, session):
    owner = person("owner")
    owner.post("/admin/locale", locale="zh-CN", next=PAGE)

    assert "规则 cap 隐藏了它" in owner.get(f"{PAGE}?scenario=books&amount=200&shopper.tier=new").text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("scenario=books&amount=lots", 400, "is not an amount in CNY"),
        ("scenario=books&shopper.tier=gold", 400, "shopper.tier must be one of"),
        ("scenario=books&shopper.risk=-1", 400, "shopper.risk is a whole number"),
        ("scenario=books&at=tomorrow", 400, "is no moment"),
        ("scenario=nothing", 404, "No version of this scenario is published"),
        ("session=cs_nothing", 404, "problem"),
        ("scenario=books&amount=9999999", 200, "No checkout would be made"),
        ("scenario=books&shopper.id=%3Cb%3E", 200, "&lt;b&gt;"),
    ],
)
def test_what_cannot_be_explained_says_why(person, session, query, status, words):
    answer = person("owner").get(f"{PAGE}?{query}")

    assert answer.status_code == status
    assert words in answer.text


def test_another_units_session_and_page_do_not_exist(person, session):
    rival = person("rival")

    assert rival.get(f"/admin/u/{RIVAL}/test/explain?session={session}").status_code == 404
    assert rival.get(f"{PAGE}?scenario=books").status_code == 404
