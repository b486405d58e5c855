"""Every route, asked by everybody, in the own and in a foreign unit, held against the permission table."""

import pytest
from tests.web.checkstand_admin.conftest import RIVAL, UNIT

from checkstand.member.permissions import PERMISSIONS, ROLES
from checkstand_admin.console import ADMIN, PREFIX, PUBLIC, SIGNED_IN

FORM_EXPIRED, NOT_ALLOWED, NOT_FOUND = "console.form_expired", "console.not_allowed", "console.not_found"
PEOPLE = [None, *ROLES, "admin"]


def addresses(console, unit):
    """(method, path, needs) of every route, its parameters filled in; what is absent stays absent."""
    for route in console.routes:
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                values = {"unit": unit, "mode": "test"}
                parts = [
                    values.get(part.name, "none") if hasattr(part, "name") else part for part in route.path_components
                ]
                path = "/" + "/".join(parts)
                yield method, path, handler.opt["needs"]


def asked(someone, method, path):
    """The answer to a bare request: a post without the token of a page, so that it changes nothing."""
    answer = someone.client.request(method, path, data={} if method == "POST" else None, follow_redirects=False)
    sent_to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith(f"{PREFIX}/sign-in")
    code = next((each for each in (FORM_EXPIRED, NOT_ALLOWED, NOT_FOUND) if f"<code>{each}</code>" in answer.text), "")
    return answer.status_code, code, sent_to_sign_in


@pytest.mark.parametrize("role", PEOPLE, ids=str)
def test_the_own_unit_answers_by_the_table(console, person, role):
    someone = person(role)
    for method, path, needs in addresses(console, UNIT):
        status, code, sent_to_sign_in = asked(someone, method, path)
        where = f"{role} {method} {path} (needs {needs})"
        assert status != 500, where
        if needs == PUBLIC:
            assert code != NOT_ALLOWED, where
        elif role is None:
            assert sent_to_sign_in, where
        elif needs in PERMISSIONS and role != "admin" and role not in PERMISSIONS[needs]:
            assert (status, code) == (403, NOT_ALLOWED), where
        elif needs == ADMIN and role != "admin":
            assert (status, code) == (404, NOT_FOUND), where
        elif method != "GET":
            assert (status, code) == (403, FORM_EXPIRED), where
        else:
            assert code != NOT_ALLOWED, where
            assert not sent_to_sign_in, where


@pytest.mark.parametrize("role", ROLES)
def test_a_foreign_unit_does_not_exist(console, person, role):
    someone = person(role)
    for method, path, needs in addresses(console, RIVAL):
        if needs in PERMISSIONS:
            assert asked(someone, method, path)[:2] == (404, NOT_FOUND), f"{role} {method} {path}"


def test_an_administrator_may_do_everything_in_every_unit(console, person):
    admin = person("admin")
    for method, path, needs in addresses(console, RIVAL):
        if needs in PERMISSIONS:
            expected = FORM_EXPIRED if method == "POST" else ""
            status, code, _ = asked(admin, method, path)
            assert code in {expected, NOT_FOUND}, f"{method} {path}: {status}"


def test_every_route_needs_something_that_exists(console):
    known = {PUBLIC, SIGNED_IN, ADMIN, *PERMISSIONS}

    assert {needs for _, _, needs in addresses(console, UNIT)} <= known
