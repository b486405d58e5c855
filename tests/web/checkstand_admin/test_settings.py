"""What a business unit sets for itself."""

import re

import pytest
from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.member import get_tenant
from checkstand.member.retention import SPANS, days_kept
from checkstand.member.unit_settings import settings_of
from checkstand.monitoring.audit import audit_page

SETTINGS = f"/admin/u/{UNIT}/test/settings"
FORM = {
    "name.en": "Lantern Books",
    "name.zh-CN": "灯笼书店",
    "contacts": "ops@example.com",
    "time_zone": "Europe/Lisbon",
    "revision": "0",
}


def stored(platform):
    with platform.db.read() as connection:
        return get_tenant(connection, UNIT).name, settings_of(connection, UNIT)


def test_settings_are_saved_and_on_the_trail(person, platform):
    owner = person("owner")
    answer = owner.post(
        SETTINGS, **{**FORM, "name.en": " Lantern & Sons ", "contacts": "Ops@Example.com\n\nlaw@example.com\n"}
    )

    assert answer.headers["location"] == f"{SETTINGS}?done=saved"
    name, settings = stored(platform)
    assert name == {"en": "Lantern & Sons", "zh-CN": "灯笼书店"}
    assert (settings.contacts, settings.time_zone) == (("ops@example.com", "law@example.com"), "Europe/Lisbon")
    with platform.db.read() as connection:
        line = audit_page(connection, UNIT, action="settings.change")[0]
    assert line.before["name"]["en"] == "Lantern Books"
    assert line.after["name"]["en"] == "Lantern & Sons"


def test_times_are_shown_in_the_units_time_zone(person, platform):
    owner = person("owner")
    before = re.search(r"<time[^>]*>([^<]+)<", owner.get(SETTINGS).text).group(1)
    owner.post(SETTINGS, **{**FORM, "time_zone": "Pacific/Auckland"})

    assert re.search(r"<time[^>]*>([^<]+)<", owner.get(SETTINGS).text).group(1) != before
    assert "Pacific/Auckland" in owner.get(f"/admin/u/{UNIT}/test/home").text


@on_both_engines
def test_the_second_of_two_who_save_is_told_and_nothing_is_lost(person, platform):
    owner, admin = person("owner"), person("admin")
    owner.post(SETTINGS, **FORM)
    answer = admin.post(SETTINGS, **{**FORM, "contacts": "late@example.com"})

    assert answer.status_code == 409
    assert "Somebody has saved these settings" in answer.text
    assert "late@example.com" in answer.text  # what was typed is still there
    assert stored(platform)[1].contacts == ("ops@example.com",)


def test_the_same_form_sent_twice_counts_once(person, platform):
    owner = person("owner")
    owner.post(SETTINGS, **FORM)

    assert owner.post(SETTINGS, **{**FORM, "revision": "1"}).status_code == 303
    assert stored(platform)[1].revision == 1


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"name.en": " ", "name.zh-CN": ""}, 400, "Fill in the name"),
        ({"name.en": "x" * 81}, 400, "at most 80"),
        ({"time_zone": "Middle/Earth"}, 400, "no such time zone"),
        ({"time_zone": "../../etc/passwd"}, 400, "no such time zone"),
        ({"contacts": "not an address"}, 400, "not an e-mail address"),
        ({"contacts": "\n".join(f"a{n}@example.com" for n in range(11))}, 400, "At most ten"),
        ({"revision": "x"}, 409, "Somebody has saved"),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_why(person, platform, change, status, sentence):
    answer = person("owner").post(SETTINGS, **{**FORM, **change})

    assert answer.status_code == status
    assert sentence in answer.text
    assert stored(platform)[1].revision == 0


def test_a_language_that_the_form_does_not_have_is_not_written(person, platform):
    person("owner").post(SETTINGS, **{**FORM, "name.xx": "Sneaked in"})

    assert stored(platform)[0] == {"en": "Lantern Books", "zh-CN": "灯笼书店"}


@pytest.mark.parametrize("role", ["developer", "finance", "analyst", "reviewer"])
def test_others_read_and_do_not_write(person, platform, role):
    someone = person(role)

    page = someone.get(SETTINGS)
    assert '<fieldset class="plain stack" disabled>' in page.text
    assert someone.post(SETTINGS, **FORM).status_code == 403
    assert stored(platform)[1].revision == 0


def test_a_name_is_text(person):
    owner = person("owner")
    owner.post(SETTINGS, **{**FORM, "name.en": "<script>alert(1)</script>"})

    assert "<script>alert" not in owner.get(SETTINGS).text


def test_an_administrator_sees_every_unit(person):
    page = person("admin").get("/admin/").text

    assert UNIT in page
    assert "rival-books" in page


def test_days_are_kept_within_the_platforms_limits_and_on_the_trail(person, platform):
    owner = person("owner")
    page = owner.get(SETTINGS).text
    assert all(f'min="{span.least}" max="{span.most}"' in page for span in SPANS.values())
    assert "Never deleted: the ledger" in page
    answer = owner.post(SETTINGS, **{**FORM, "retention.requests": "7", "retention.webhooks": "90"})

    assert answer.status_code == 303
    settings = stored(platform)[1]
    assert settings.retention == {"requests": 7}  # the other one is the default and follows it
    assert days_kept(settings.retention)["webhooks"] == SPANS["webhooks"].default
    with platform.db.read() as connection:
        line = audit_page(connection, UNIT, action="settings.change")[0]
    assert (line.before["retention"], line.after["retention"]) == ({}, {"requests": 7})


def test_a_form_without_days_changes_none(person, platform):
    owner = person("owner")
    owner.post(SETTINGS, **{**FORM, "retention.requests": "7"})
    owner.post(SETTINGS, **{**FORM, "contacts": "", "revision": "1"})

    assert stored(platform)[1].retention == {"requests": 7}


@pytest.mark.parametrize("days", ["6", "181", "", "0", "-7", "7.5", "\u0667", "9" * 400])
def test_days_outside_the_limits_are_refused(person, platform, days):
    answer = person("owner").post(SETTINGS, **{**FORM, "retention.requests": days})

    assert answer.status_code == 400
    assert "whole number" in answer.text
    assert stored(platform)[1].revision == 0
