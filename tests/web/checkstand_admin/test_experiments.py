"""Experiments in the console: what they have shown in words, pictures and a file; starting, widening, stopping."""

import csv
import io
import re
from datetime import timedelta

import pytest
from tests.integration.checkstand.experiments.planted import plant
from tests.web.checkstand_admin.conftest import RIVAL, UNIT

from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.console_access import Actor
from checkstand.app.edit_draft import save_draft, start_from_template
from checkstand.app.experiments.measure import Which
from checkstand.member.operators import operator_by_email
from checkstand.monitoring.audit import audit_page

SCENARIO = """
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {zh-CN: 书店, en: Books & more, ar: كتب}, owner: lantern}
terminals: [pc, h5]
form: {type: full_screen}
amount_limits: {currency: CNY, min: 1, max: 10000000}
methods:
  - {id: wx, type: wechat_pay, order: 10}
  - {id: ali, type: alipay, order: 20}
experiments:
  - id: ali-first
    layer: desk
    range: [0, 0.8]
    coverage: 0.5
    variations: [{id: control, weight: 0.5}, {id: first, weight: 0.5, patch: {methods: {ali: {order: 5}}}}]
    goal_metric: paid_per_exposed
    secondary_metrics: [revenue_per_exposed]
    guardrail_metrics: [refund_rate, unknown_rate]
locales: {default: en, supported: [zh-CN, en, ar]}
"""
LIST = f"/admin/u/{UNIT}/test/experiments"
ONE = f"{LIST}/books/ali-first"
WHICH = Which(UNIT, "test", "books", "ali-first")


class Stage:
    def __init__(self, platform):
        self.platform = platform


@pytest.fixture
def published(platform, tmp_path):
    file = tmp_path / "books.yaml"
    file.write_text(SCENARIO)
    apply_scenarios(platform, UNIT, [file], "test", "tests")
    return platform


def planted(platform, arms, days=9, **more):
    plant(Stage(platform), WHICH, arms, at=platform.clock.now() - timedelta(days=days), **more)


def state(platform):
    from checkstand.app.experiments.results import find_experiment

    return find_experiment(platform, WHICH).state


def test_without_an_experiment_the_page_says_what_one_is(person):
    page = person("owner").get(LIST)

    assert (page.status_code, 'data-testid="empty"' in page.text) == (200, True)


def test_the_list_says_the_state_and_how_many_take_part(published, person):
    analyst = person("analyst")
    before = analyst.get(LIST).text
    planted(published, {"control": (3, 1), "first": (3, 1)})
    after = analyst.get(LIST).text

    assert "not seen yet" in before
    assert "running" in after
    assert "40 %" in after  # 0.8 of the layer, half of it covered
    assert f'href="{ONE}"' in after


@pytest.mark.parametrize(
    ("locale", "words"), [("en", ("first is better.", "Guardrails:")), ("zh-CN", ("first 更好。", "护栏："))]
)
def test_results_have_a_verdict_intervals_and_both_languages(published, person, locale, words):
    planted(published, {"control": (400, 200), "first": (400, 300)})
    reader = person("reviewer")
    reader.client.cookies.set("cs_locale", locale)
    page = reader.get(ONE)

    assert page.status_code == 200
    assert all(word in page.text for word in words)
    pictures = re.findall(r"<svg .*?</svg>", page.text, re.DOTALL)
    assert len(pictures) == 2  # nobody refunded, nothing unknown: no interval for the guardrails
    assert all('role="img"' in each and "aria-label=" in each for each in pictures)
    assert "style=" not in "".join(pictures)
    assert 'data-testid="srm"' not in page.text


def test_a_picture_draws_the_interval_on_the_side_where_it_is(published, person):
    planted(published, {"control": (400, 200), "first": (400, 300)})
    (low, high, middle) = (
        float(re.search(pattern, person("owner").get(ONE).text, re.DOTALL)[1])
        for pattern in (
            r'class="interval-line" x1="([\d.]+)"',
            r'class="interval-line" x1="[\d.]+" y1="18" x2="([\d.]+)"',
            r'class="interval-zero" x1="([\d.]+)"',
        )
    )

    assert middle < low < high <= 240


def test_a_wrong_split_and_units_in_two_arms_are_warned_of(published, person):
    planted(published, {"control": (400, 200), "first": (250, 150)})
    owner = person("owner")
    first = owner.get(ONE).text
    planted(published, {"control": (30, 1)}, prefix="both")
    planted(published, {"first": (180, 1)}, prefix="more")
    planted(published, {"first": (30, 1)}, prefix="both")
    second = owner.get(ONE).text

    assert ('data-testid="srm"' in first, 'data-testid="multiple"' in first) == (True, False)
    assert ('data-testid="srm"' in second, 'data-testid="multiple"' in second) == (False, True)


def test_stopping_and_starting_ask_for_a_reason_and_are_audited(published, person):
    developer = person("developer")
    developer.get(ONE)
    refused = developer.post(f"{ONE}/stop", seen="0", reason="  ")
    stopped = developer.post(f"{ONE}/stop", seen="0", reason="<b>too loud</b>")
    page = developer.get(ONE).text
    started = developer.post(f"{ONE}/start", seen="1", reason="quiet again")

    assert (refused.status_code, "Say why" in refused.text) == (400, True)
    assert stopped.headers["location"] == f"{ONE}?done=experiment_stop"
    assert "&lt;b&gt;too loud&lt;/b&gt;" in page
    assert "<b>too loud" not in page
    assert started.headers["location"] == f"{ONE}?done=experiment_start"
    with published.db.read() as connection:
        lines = audit_page(connection, UNIT, text="books/ali-first")
    assert [(line.action, line.after["reason"], line.actor_email) for line in lines] == [
        ("experiment.start", "quiet again", "developer@example.com"),
        ("experiment.stop", "<b>too loud</b>", "developer@example.com"),
    ]


def test_widening_takes_per_cent_and_never_narrows(published, person):
    owner = person("owner")
    owner.get(ONE)
    for typed in ("40", "150", "all", "-1", "nan", ""):
        refused = owner.post(f"{ONE}/ramp", seen="0", coverage=typed, reason="wider")
        assert (refused.status_code, "can only be widened" in refused.text) == (400, True), typed
        assert 'value="wider"' in refused.text
    done = owner.post(f"{ONE}/ramp", seen="0", coverage="100 %", reason="wider")

    assert done.status_code == 303
    assert state(published).coverage == 1.0
    assert 'data-testid="ramp"' not in owner.get(ONE).text


def test_two_people_who_decide_at_once_do_not_overrule_each_other(published, person):
    one, other = person("owner"), person("developer")
    for each in (one, other):
        each.get(ONE)
    first = one.post(f"{ONE}/stop", seen="0", reason="first")
    second = other.post(f"{ONE}/ramp", seen="0", coverage="100", reason="second")

    assert (first.status_code, second.status_code) == (303, 409)
    assert "since you opened the page" in second.text
    assert state(published).reason == "first"


def test_who_may_only_read_sees_no_buttons_and_cannot_decide(published, person):
    finance = person("finance")
    page = finance.get(ONE)

    assert 'data-testid="stop"' not in page.text
    assert finance.post(f"{ONE}/stop", seen="0", reason="why not").status_code == 403
    assert state(published).running


@pytest.mark.parametrize(
    "path",
    [
        f"{LIST}/books/unheard",
        f"{LIST}/unheard/ali-first",
        f"/admin/u/{UNIT}/live/experiments/books/ali-first",
        f"/admin/u/{RIVAL}/test/experiments/books/ali-first",
    ],
)
def test_what_is_not_there_or_not_ours_does_not_exist(published, person, path):
    owner = person("owner")

    assert owner.get(path).status_code == 404
    assert owner.get(f"{path}/results.csv").status_code == 404
    assert owner.post(f"{path}/stop", seen="0", reason="why not").status_code == 404


def test_the_file_has_every_figure_as_a_number(published, person):
    planted(published, {"control": (400, 300), "first": (400, 200)})
    answer = person("analyst").get(f"{ONE}/results.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    goal = next(row for row in rows if row["role"] == "goal")

    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert (float(goal["control"]), float(goal["value"]), goal["status"]) == (0.75, 0.5, "worse")
    assert float(goal["low"]) < float(goal["difference"]) == -0.25 < float(goal["high"]) < 0
    assert [row["units"] for row in rows if row["role"] == "arm"] == ["400", "400"]
    assert {row["metric"] for row in rows if row["role"] == "check"} == {"srm", "multiple"}
    assert next(row for row in rows if row["metric"] == "refund_rate")["low"] == ""


def test_no_name_in_the_file_runs_as_a_formula(published):
    from dataclasses import replace

    from checkstand.app.experiments.results import experiment_results
    from checkstand_admin.experiments.export import as_csv

    results = experiment_results(published, WHICH)
    evil = replace(results.running.experiment, id="=cmd()")
    named = replace(results, running=replace(results.running, experiment=evil))
    rows = list(csv.reader(io.StringIO(as_csv(named).decode("utf-8-sig"))))

    assert {row[1] for row in rows[1:]} == {"'=cmd()"}


@pytest.mark.parametrize(("locale", "said"), [("en", "would meet the same shoppers"), ("zh-CN", "会遇到同一批顾客")])
def test_publishing_into_a_taken_part_of_a_layer_is_refused_with_what_is_free(published, person, locale, said):
    developer = person("developer")
    with published.db.read() as connection:
        row = operator_by_email(connection, "developer@example.com")
    who = Actor(row.operator_id, row.email, "")
    draft = start_from_template(published, who, UNIT, "donation", "poems")
    source = SCENARIO.replace("id: books", "id: poems").replace("[0, 0.8]", "[0.5, 1]")
    revision = save_draft(published, who, UNIT, "poems", source, draft.revision).revision
    developer.client.cookies.set("cs_locale", locale)
    answer = developer.post(f"/admin/u/{UNIT}/test/publishing/poems/publish", revision=revision, note="")

    assert answer.status_code == 409
    assert said in answer.text
    assert "books/ali-first 0 – 0.8" in answer.text
    assert published.plans.published(UNIT, "poems", "test") is None
