"""Signing in, one's own account, and the people of a business unit."""

import re

import pyotp
import pytest
from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import PASSWORD

from checkstand.kernel import FrozenClock
from checkstand.monitoring.audit import audit_page

HOME = f"/admin/u/{UNIT}/test/home"
PEOPLE = f"/admin/u/{UNIT}/test/people"


def test_a_new_person_signs_up_and_creates_a_unit(person):
    new = person(None)

    assert new.post("/admin/sign-up", name="Nia", email="nia@example.com", password=PASSWORD).status_code == 303
    answer = new.post("/admin/units", unit_id="nia-shop", name="Nia's shop", name_zh="")

    assert answer.headers["location"] == "/admin/u/nia-shop/test/home?done=created"
    assert "Nia&#39;s shop" in new.get("/admin/u/nia-shop/test/home").text


def test_who_is_not_signed_in_comes_back_after_signing_in(person):
    nobody = person(None)
    sent = nobody.get(HOME).headers["location"]

    assert sent == f"/admin/sign-in?next={HOME}"
    answer = nobody.post(sent, email="owner@example.com", password=PASSWORD, code="")
    assert answer.headers["location"] == HOME


@pytest.mark.parametrize(
    "where", ["https://evil.example/admin/", "//evil.example", "/admin//evil", "/admin/\\evil", ""]
)
def test_signing_in_leads_to_the_console_and_nowhere_else(person, where):
    nobody = person(None)
    answer = nobody.client.post(
        "/admin/sign-in",
        params={"next": where},
        data={"email": "owner@example.com", "password": PASSWORD, "code": ""},
        follow_redirects=False,
    )

    assert answer.headers["location"] == "/admin/"


@pytest.mark.parametrize(
    ("email", "password"), [("owner@example.com", "wrong wrong wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
def test_a_wrong_sign_in_does_not_say_what_was_wrong(person, email, password):
    answer = person(None).sign_in(email, password)

    assert answer.status_code == 401
    assert "E-mail address, password or code is wrong." in answer.text


def test_wrong_passwords_make_everybody_wait_who_tries_that_address(person, platform):
    platform.clock = clock = FrozenClock(platform.clock.now())
    nobody = person(None)
    statuses = [nobody.sign_in("owner@example.com", "wrong wrong wrong").status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert person(None).sign_in("owner@example.com").status_code == 429
    clock.advance(seconds=1)
    assert person(None).sign_in("owner@example.com").status_code == 303


def test_a_form_from_an_earlier_sign_in_changes_nothing(person):
    owner = person("owner")
    owner.get(PEOPLE)
    stale = owner.csrf
    owner.post("/admin/sign-out")
    owner.sign_in("owner@example.com")
    owner.csrf = stale
    answer = owner.post(f"{PEOPLE}/invitations", email="late@example.com", role="analyst")

    assert answer.status_code == 403
    assert "late@example.com" not in owner.get(PEOPLE).text


def test_a_post_after_signing_out_in_another_tab_asks_to_sign_in(person):
    owner = person("owner")
    owner.get(PEOPLE)
    owner.post("/admin/sign-out")

    assert owner.post(f"{PEOPLE}/invitations", email="late@example.com", role="analyst").status_code == 303


@on_both_engines
def test_an_invitation_works_once_and_for_its_address(person):
    owner = person("owner")
    page = owner.post(f"{PEOPLE}/invitations", email="new@example.com", role="finance").text
    link = re.search(r'data-testid="invitation-link">[^<]*(/admin/invitations/[^<]+)<', page).group(1)

    assert person("rival").post(link).status_code == 403
    new = person(None)
    new.post("/admin/sign-up", name="New", email="new@example.com", password=PASSWORD)
    assert new.post(link).headers["location"] == f"{HOME}?done=joined"
    assert new.post(link).status_code == 404
    assert "new@example.com" in owner.get(PEOPLE).text


def test_a_role_taken_away_counts_at_the_next_click(person, platform):
    owner, finance = person("owner"), person("finance")
    finance_id = re.search(r"people/(opr_\w+)/role\"[^>]*>.*?Finance", owner.get(PEOPLE).text, re.DOTALL)
    people = re.findall(r"people/(opr_\w+)/role", owner.get(PEOPLE).text)
    assert finance_id is not None
    assert finance.get(HOME).status_code == 200

    for operator_id in people[1:]:
        owner.post(f"{PEOPLE}/{operator_id}/role", role="")

    assert finance.get(HOME).status_code == 404


def test_the_last_owner_stays(person):
    owner = person("owner")
    own_id = re.findall(r"people/(opr_\w+)/role", owner.get(PEOPLE).text)[0]

    answer = owner.post(f"{PEOPLE}/{own_id}/role", role="analyst")

    assert answer.status_code == 409
    assert "needs an owner" in answer.text


@on_both_engines
def test_the_second_factor_takes_each_code_once(person):
    owner = person("owner")
    page = owner.post("/admin/me/totp").text
    secret = re.search(r'data-testid="totp-secret">(\w+)<', page).group(1)
    code = pyotp.TOTP(secret).now()
    codes = re.search(
        r'data-testid="recovery-codes">([^<]+)<', owner.post("/admin/me/totp", secret=secret, code=code).text
    )

    assert person(None).sign_in("owner@example.com").status_code == 401
    assert person(None).sign_in("owner@example.com", code=code).status_code == 401
    recovery = codes.group(1).split()[0]
    assert person(None).sign_in("owner@example.com", code=recovery).status_code == 303
    assert person(None).sign_in("owner@example.com", code=recovery).status_code == 401


def test_a_new_password_ends_the_other_sessions(person):
    here, there = person("owner"), person("owner")
    here.post("/admin/me/password", old=PASSWORD, new="another lantern in the rain")

    assert here.get(HOME).status_code == 200
    assert there.get(HOME).status_code == 303


def test_everything_is_on_the_trail(person, platform):
    person("owner").post(f"{PEOPLE}/invitations", email="new@example.com", role="finance")
    with platform.db.read() as connection:
        lines = audit_page(connection, UNIT)

    assert (lines[0].action, lines[0].actor_email, lines[0].after) == (
        "people.invite",
        "owner@example.com",
        {"email": "new@example.com", "role": "finance"},
    )


@pytest.mark.parametrize(("cookie", "word"), [("en", "People"), ("zh-CN", "成员")])
def test_the_console_speaks_both_languages(person, cookie, word):
    owner = person("owner")
    owner.post("/admin/locale", locale=cookie, next=PEOPLE)

    assert f"<h1>{word}</h1>" in owner.get(PEOPLE).text
