"""Signing in to the console at an identity provider, held against a real one."""

import base64
import hashlib
import hmac
import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from sqlalchemy import select
from tests.web.checkstand_admin.conftest import UNIT
from tests.web.checkstand_admin.identity_provider import claims_of, running
from tests.web.checkstand_admin.person import PASSWORD
from tests.web.checkstand_admin.test_permissions import addresses, asked

from checkstand.app.bootstrap import build_platform
from checkstand.infra.openid import Identity
from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError
from checkstand.member.identities import has_identity, operator_identity
from checkstand.member.operators import operator, operator_by_email, operator_session
from checkstand.monitoring.audit import PLATFORM, audit_page
from checkstand_admin.console import FOLDER, PUBLIC
from checkstand_admin.texts import LOCALES, Texts

BEGIN = "/admin/sign-in/single-sign-on"
PEOPLE = f"/admin/u/{UNIT}/test/people"
SECRET = "the secret of this installation"
MAYA = {"email": "maya@example.com", "email_verified": True, "name": "Maya"}


@pytest.fixture
def provider():
    with running() as provider:
        provider.knows("maya", **MAYA)
        yield provider


@pytest.fixture
def more_settings():
    """What a test sets besides the provider; `parametrize` replaces it."""
    return {}


@pytest.fixture
def platform(installed, tmp_path, provider, more_settings):
    """The cast's installation with single sign-on."""
    folder = tmp_path / "var"
    shutil.copytree(installed, folder)
    client = {"oidc_issuer": provider.url, "oidc_client_id": "checkstand", "oidc_client_secret": SECRET}
    database = f"sqlite:///{folder}/checkstand.db"
    made = build_platform(
        Settings(var_dir=folder, database_url=database, oidc_name="Harbour ID", **client, **more_settings)
    )
    made.start(jobs=False)
    yield made
    made.stop()


def leave(someone, back=""):
    """Press the button; the address at the provider."""
    answer = someone.client.get(BEGIN, params={"next": back}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def sign_in(someone, provider, sub="maya", back=""):
    """Press the button, sign in there, come back."""
    return someone.get(provider.sends_back(leave(someone, back), sub))


def refused(answer, status, code):
    """The page of a refusal: what happened, what to do, and nobody is signed in by it."""
    assert (answer.status_code, re.findall(r"<code>(single_sign_on\.\w+)</code>", answer.text)) == (status, [code])
    assert "cs_console" not in answer.headers.get("set-cookie", "")
    return True


def row_of(platform, email):
    with platform.db.read() as connection:
        return operator_by_email(connection, email)


def audited(platform, action):
    with platform.db.read() as connection:
        return audit_page(connection, PLATFORM, action=action)


class Later:
    """The platform's clock, some time on."""

    def __init__(self, clock, by):
        self._clock, self._by = clock, by

    def now(self):
        return self._clock.now() + self._by


# ── the way in ──────────────────────────────────────────────────────────────────────────────────────


def test_a_new_person_comes_in_without_a_password(person, provider, platform):
    maya = person(None)

    assert sign_in(maya, provider, back="/admin/me").headers["location"] == "/admin/me"
    page = maya.get("/admin/me").text
    assert "Maya · maya@example.com" in page
    assert "<td>Single sign-on</td>" in page
    assert "password" not in page.lower()
    assert row_of(platform, "maya@example.com").password_hash is None


def test_the_session_and_the_trail_say_how_somebody_signed_in(person, provider, platform):
    sign_in(person(None), provider)
    person("owner")

    with platform.db.read() as connection:
        query = select(operator.c.email, operator_session.c.method).join(
            operator_session, operator_session.c.operator_id == operator.c.operator_id
        )
        methods = dict(connection.execute(query).all())
    assert methods == {"maya@example.com": "single_sign_on", "owner@example.com": "password"}
    told = [(line.actor_email, line.after) for line in audited(platform, "operator.sign_in")]
    assert told == [
        ("owner@example.com", {"method": "password"}),
        ("maya@example.com", {"method": "single_sign_on"}),
    ]
    connected = audited(platform, "operator.connect_identity")
    assert connected[0].after == {"issuer": provider.url, "subject": "maya", "taken_over": False}


def test_the_second_sign_in_finds_the_same_person_under_another_address(person, provider, platform):
    sign_in(person(None), provider)
    provider.knows("maya", **{**MAYA, "email": "maya.lin@example.com"})
    again = person(None)
    sign_in(again, provider)

    assert "Maya · maya@example.com" in again.get("/admin/me").text
    assert row_of(platform, "maya.lin@example.com") is None


def test_two_tabs_do_not_disturb_each_other(person, provider):
    maya = person(None)
    first, _second = leave(maya, "/admin/me"), leave(maya, "/admin/units")

    assert maya.get(provider.sends_back(first, "maya")).headers["location"] == "/admin/me"


def test_an_address_that_only_the_userinfo_endpoint_tells_is_found(person, provider):
    def without_address(answer):
        claims = claims_of(answer["id_token"])
        kept = {name: value for name, value in claims.items() if name not in MAYA}
        return {**answer, "id_token": provider.signed(kept)}

    provider.changed["/oauth2/token"] = without_address
    maya = person(None)
    sign_in(maya, provider)

    assert "Maya · maya@example.com" in maya.get("/admin/me").text


def test_userinfo_about_somebody_else_is_not_believed(person, provider):
    provider.changed["/oauth2/token"] = lambda answer: {
        **answer,
        "id_token": provider.signed({k: v for k, v in claims_of(answer["id_token"]).items() if k not in MAYA}),
    }
    provider.changed["/userinfo"] = lambda answer: {**answer, "sub": "somebody else"}

    assert refused(sign_in(person(None), provider), 401, "single_sign_on.token_refused")


def test_the_code_is_redeemed_with_the_verifier_of_its_challenge(person, provider):
    someone = person(None)
    where = leave(someone)
    asked = parse_qs(urlsplit(where).query)
    someone.get(provider.sends_back(where, "maya"))

    verifier = next(form for path, form in provider.asked if path == "/oauth2/token")["code_verifier"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert (asked["code_challenge"], asked["code_challenge_method"]) == ([digest], ["S256"])


def test_an_invitation_is_accepted_by_who_comes_from_the_provider(person, provider):
    page = person("owner").post(f"{PEOPLE}/invitations", email="maya@example.com", role="finance").text
    link = re.search(r'data-testid="invitation-link">[^<]*(/admin/invitations/[^<]+)<', page).group(1)
    maya = person(None)
    begin = re.search(r'href="([^"]+)" data-testid="single-sign-on"', maya.get(link).text).group(1)
    came_back = maya.get(provider.sends_back(maya.get(begin).headers["location"], "maya"))

    assert came_back.headers["location"] == link
    maya.get(link)
    assert maya.post(link).headers["location"] == f"/admin/u/{UNIT}/test/home?done=joined"


def test_signing_out_ends_our_session(person, provider):
    maya = person(None)
    sign_in(maya, provider)
    maya.get("/admin/me")
    maya.post("/admin/sign-out")

    assert maya.get("/admin/me").headers["location"].startswith("/admin/sign-in")


# ── what is not believed ────────────────────────────────────────────────────────────────────────────


def test_an_answer_works_once(person, provider):
    maya = person(None)
    where = leave(maya)
    cookies = dict(maya.client.cookies)
    back = provider.sends_back(where, "maya")
    assert maya.get(back).status_code == 303
    thief = person(None)
    for name, value in cookies.items():
        thief.client.cookies.set(name, value)

    assert refused(thief.get(back), 401, "single_sign_on.answer_used")


def test_an_answer_that_comes_twice_at_once_opens_one_session(person, provider, platform, monkeypatch):
    """Both have looked before either has written, and a careless provider redeems the code twice."""
    maya = person(None)
    back = provider.sends_back(leave(maya), "maya")
    cookies = dict(maya.client.cookies)
    whom = Identity(provider.url, "maya", "maya@example.com", True, "Maya")
    monkeypatch.setattr(platform.identity_provider, "identity", lambda *_: whom)
    monkeypatch.setattr("checkstand.member.operators.state_used", lambda *_: False)
    assert maya.get(back).status_code == 303
    for name, value in cookies.items():
        maya.client.cookies.set(name, value)

    assert refused(maya.get(back), 401, "single_sign_on.answer_used")


def test_a_code_that_was_redeemed_does_not_open_another_sign_in(person, provider):
    maya, thief = person(None), person(None)
    back = provider.sends_back(leave(maya), "maya")
    maya.get(back)
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(leave(thief)).query)["state"][0]

    assert refused(thief.get(f"{BEGIN}/return?code={code}&state={state}"), 401, "single_sign_on.code_refused")


def test_a_fresh_code_of_another_sign_in_is_refused(person, provider):
    """Code injection: the state is the thief's own, the code is Maya's and unused. The nonce gives it away."""
    maya, thief = person(None), person(None)
    code = parse_qs(urlsplit(provider.sends_back(leave(maya), "maya")).query)["code"][0]
    state = parse_qs(urlsplit(leave(thief)).query)["state"][0]

    assert refused(thief.get(f"{BEGIN}/return?code={code}&state={state}"), 401, "single_sign_on.token_refused")


def test_an_answer_for_another_browser_is_refused(person, provider):
    back = provider.sends_back(leave(person(None)), "maya")

    assert refused(person(None).get(back), 401, "single_sign_on.answer_unknown")


def test_a_state_that_begins_alike_is_refused(person, provider):
    someone = person(None)
    back = provider.sends_back(leave(someone), "maya")

    assert refused(someone.get(back[:-1] + "~"), 401, "single_sign_on.answer_unknown")


def test_another_providers_answer_is_refused(person, provider):
    someone = person(None)
    back = provider.sends_back(leave(someone), "maya")

    assert refused(someone.get(f"{back}&iss=https://evil.example"), 401, "single_sign_on.answer_unknown")


def test_an_answer_after_ten_minutes_is_refused(person, provider, platform):
    someone = person(None)
    back = provider.sends_back(leave(someone), "maya")
    platform.clock = Later(platform.clock, timedelta(minutes=11))

    assert refused(someone.get(back), 401, "single_sign_on.answer_late")


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another sign-in's"},
        {"aud": "another client"},
        {"aud": "another client", "azp": "checkstand"},
        {"aud": ["another client", "a third"]},
        {"aud": ["checkstand", "another client"], "azp": "another client"},
        {"iss": "https://evil.example"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"sub": ""},
    ],
    ids=str,
)
def test_an_id_token_that_was_not_said_to_us_and_now_is_refused(person, provider, platform, lie):
    provider.changed["/oauth2/token"] = lambda answer: {
        **answer,
        "id_token": provider.signed({**claims_of(answer["id_token"]), **lie}),
    }

    assert refused(sign_in(person(None), provider), 401, "single_sign_on.token_refused")
    assert row_of(platform, "maya@example.com") is None


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_signature_that_anybody_could_make_is_refused(person, provider, algorithm):
    def forged(answer):
        header = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).rstrip(b"=").decode()
        signed = f"{header}.{answer['id_token'].split('.')[1]}"
        mac = hmac.new(SECRET.encode(), signed.encode(), "sha256").digest() if algorithm == "HS256" else b""
        return {**answer, "id_token": f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"}

    key = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
    provider.changed["/oauth2/token"] = forged
    provider.changed["/jwks"] = lambda keys: {"keys": [{"kty": "oct", "k": key}]} if algorithm == "HS256" else keys

    assert refused(sign_in(person(None), provider), 401, "single_sign_on.token_refused")


def test_a_key_that_the_provider_does_not_publish_is_refused(person, provider):
    with running() as stranger:
        stranger.knows("maya", **MAYA)
        provider.changed["/oauth2/token"] = lambda answer: {
            **answer,
            "id_token": stranger.signed(claims_of(answer["id_token"])),
        }
        assert refused(sign_in(person(None), provider), 401, "single_sign_on.token_refused")


def test_new_keys_of_the_provider_are_fetched_when_they_are_needed(person, provider):
    sign_in(person(None), provider)
    with running() as successor:
        successor.knows("maya", **MAYA)
        keys = httpx.get(f"{successor.url}/jwks").json()
        provider.changed["/jwks"] = lambda _: keys
        provider.changed["/oauth2/token"] = lambda answer: {
            **answer,
            "id_token": successor.signed(claims_of(answer["id_token"])),
        }
        assert sign_in(person(None), provider).status_code == 303
        asked = [path for path, _ in provider.asked].count("/jwks")
        assert sign_in(person(None), provider).status_code == 303
        assert [path for path, _ in provider.asked].count("/jwks") == asked


@pytest.mark.parametrize(
    "claims",
    [
        {**MAYA, "email_verified": False},
        {"email": "maya@example.com"},
        {"name": "Maya"},
        {**MAYA, "email": "no address"},
        {**MAYA, "email": "\N{KELVIN SIGN}im@example.com"},
    ],
    ids=str,
)
def test_only_an_address_that_the_provider_confirms_counts(person, provider, claims):
    provider.knows("maya", **claims)

    assert refused(sign_in(person(None), provider), 403, "single_sign_on.address_unverified")


@pytest.mark.parametrize("more_settings", [{"oidc_email_domains": ("example.com",)}])
def test_addresses_of_other_domains_stay_outside(person, provider):
    provider.knows("eve", email="eve@evil-example.com", email_verified=True)

    assert refused(sign_in(person(None), provider, "eve"), 403, "single_sign_on.domain_foreign")
    assert sign_in(person(None), provider).status_code == 303


# ── what goes wrong on the way ──────────────────────────────────────────────────────────────────────


def test_who_cancels_there_can_begin_again(person, provider):
    maya = person(None)
    where = leave(maya)
    state = parse_qs(urlsplit(where).query)["state"][0]  # RFC 6749 4.1.2.1 asks for it; this provider forgets it
    page = maya.get(f"{provider.sends_back(where, 'maya', action='deny')}&state={state}")

    assert refused(page, 403, "single_sign_on.declined")
    assert f'href="{BEGIN}?next=' in page.text
    assert sign_in(maya, provider).status_code == 303


def test_a_provider_that_is_down_gets_a_page_with_a_remedy(person, provider):
    provider.stop()
    page = person(None).get(BEGIN)

    assert refused(page, 503, "single_sign_on.provider_silent")
    assert "Wait a minute and begin again." in page.text


def test_a_provider_that_goes_down_on_the_way_back_gets_the_same_page(person, provider):
    someone = person(None)
    back = provider.sends_back(leave(someone), "maya")
    provider.stop()

    assert refused(someone.get(back), 503, "single_sign_on.provider_silent")


@pytest.mark.parametrize(
    "lie", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": None}]
)
def test_a_provider_that_does_not_fit_the_settings_is_not_used(person, provider, lie):
    provider.changed["/.well-known/openid-configuration"] = lambda about: {**about, **lie}

    assert refused(person(None).client.get(BEGIN, follow_redirects=False), 503, "single_sign_on.provider_mismatch")


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/admin/", "//evil.example", "/admin//evil", "/admin/\\evil", "/", "/admin/" + "a" * 5000],
)
def test_single_sign_on_leads_to_the_console_and_nowhere_else(person, provider, where):
    assert sign_in(person(None), provider, back=where).headers["location"] == "/admin/"


# ── people who have an account already ──────────────────────────────────────────────────────────────


def test_an_account_with_a_password_is_not_given_away_for_its_address(person, provider, platform):
    provider.knows("olive", email="owner@example.com", email_verified=True)
    page = sign_in(person(None), provider, "olive")

    assert refused(page, 409, "single_sign_on.account_has_password")
    assert 'href="/admin/sign-in?next=/admin/me"' in page.text
    with platform.db.read() as connection:
        assert not has_identity(
            connection, provider.url, operator_by_email(connection, "owner@example.com").operator_id
        )


def test_who_is_signed_in_connects_and_comes_in_either_way(person, provider, platform):
    provider.knows("olive", email="Owner@Example.com", email_verified=True)
    owner = person("owner")
    begin = re.search(r'href="([^"]+)" data-testid="connect"', owner.get("/admin/me").text).group(1)
    came_back = owner.get(provider.sends_back(owner.get(begin).headers["location"], "olive"))

    assert came_back.headers["location"] == "/admin/me?done=connected"
    assert 'data-testid="connected"' in owner.get("/admin/me").text
    elsewhere = person(None)
    sign_in(elsewhere, provider, "olive")
    assert "owner@example.com" in elsewhere.get("/admin/me").text
    assert person(None).sign_in("owner@example.com").status_code == 303


def test_the_second_factor_of_a_password_is_the_providers_business_here(person, provider):
    provider.knows("olive", email="owner@example.com", email_verified=True)
    owner = person("owner")
    secret = re.search(r'data-testid="totp-secret">(\w+)<', owner.post("/admin/me/totp").text).group(1)
    owner.post("/admin/me/totp", secret=secret, code=pyotp.TOTP(secret).now())
    sign_in(owner, provider, "olive")

    assert sign_in(person(None), provider, "olive").status_code == 303
    assert person(None).sign_in("owner@example.com").status_code == 401


def test_an_identity_with_another_address_is_not_connected(person, provider):
    assert refused(sign_in(person("owner"), provider, "maya"), 409, "single_sign_on.address_differs")


def test_an_identity_belongs_to_one_person(person, provider):
    sign_in(person(None), provider)

    assert refused(sign_in(person("owner"), provider, "maya"), 409, "single_sign_on.identity_taken")


def test_an_address_that_somebody_else_got_does_not_open_the_account(person, provider):
    sign_in(person(None), provider)
    provider.knows("successor", **MAYA)

    assert refused(sign_in(person(None), provider, "successor"), 409, "single_sign_on.identity_taken")


def test_a_person_without_a_password_stays_the_same_when_the_installation_changes_its_provider(
    person, provider, platform
):
    sign_in(person(None), provider)
    before = row_of(platform, "maya@example.com").operator_id
    with platform.db.engine.begin() as connection:
        connection.execute(operator_identity.update().values(issuer="https://the-one-before.example.com"))

    assert sign_in(person(None), provider).status_code == 303
    with platform.db.read() as connection:
        assert has_identity(connection, provider.url, before)


def test_connecting_ends_with_the_session_that_began_it(person, provider):
    provider.knows("olive", email="owner@example.com", email_verified=True)
    owner = person("owner")
    where = leave(owner)
    owner.get("/admin/me")
    owner.post("/admin/sign-out")

    assert refused(owner.get(provider.sends_back(where, "olive")), 401, "single_sign_on.answer_unknown")


def test_another_site_cannot_make_somebody_connect(person):
    answer = person("owner").client.get(BEGIN, headers={"sec-fetch-site": "cross-site"}, follow_redirects=False)

    assert answer.headers["location"] == "/admin/"


def test_who_is_blocked_stays_outside(person, provider, platform):
    sign_in(person(None), provider)
    with platform.db.engine.begin() as connection:
        connection.execute(operator.update().where(operator.c.email == "maya@example.com").values(status="disabled"))

    assert refused(sign_in(person(None), provider), 403, "single_sign_on.person_blocked")


# ── passwords off, or no provider at all ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("more_settings", [{"password_sign_in": False}])
def test_without_passwords_there_is_one_button(person):
    nobody = person(None)
    for path in ("/admin/sign-in", "/admin/sign-up"):
        page = nobody.get(path).text
        assert 'data-testid="single-sign-on"' in page
        assert 'type="password"' not in page
    new = {"name": "Nia", "email": "nia@example.com", "password": PASSWORD}
    assert nobody.sign_in("owner@example.com").status_code == 403
    assert nobody.post("/admin/sign-up", **new).status_code == 403


@pytest.mark.parametrize("more_settings", [{"password_sign_in": False}])
def test_without_passwords_the_owner_of_an_address_takes_its_account_over(person, provider, platform, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(platform, "settings", replace(platform.settings, password_sign_in=True))
        before = person("owner")
    assert before.get(PEOPLE).status_code == 200
    provider.knows("olive", email="owner@example.com", email_verified=True)
    olive = person(None)

    assert sign_in(olive, provider, "olive").status_code == 303
    assert olive.get(PEOPLE).status_code == 200
    assert before.get(PEOPLE).status_code == 303
    assert row_of(platform, "owner@example.com").password_hash is None
    assert audited(platform, "operator.connect_identity")[0].after["taken_over"] is True


def test_whoever_asks_gets_an_answer_from_every_open_page(person, console):
    for someone in (person(None), person("owner")):
        for method, path, needs in addresses(console, UNIT):
            if needs == PUBLIC:
                assert asked(someone, method, path)[0] < 500, path


def test_without_a_provider_there_is_no_button_and_no_way(person, platform, monkeypatch):
    monkeypatch.setattr(platform, "identity_provider", None)

    assert refused(person(None).get(BEGIN), 404, "single_sign_on.not_offered")
    assert refused(person(None).get(f"{BEGIN}/return?code=x&state=y"), 404, "single_sign_on.not_offered")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_button_and_every_refusal_speak_both_languages(person, console, locale):
    nobody = person(None)
    nobody.post("/admin/locale", locale=locale, next="/admin/sign-in")
    page = nobody.get("/admin/sign-in").text

    assert {"en": "Sign in with Harbour ID", "zh-CN": "使用 Harbour ID 登录"}[locale] in page
    wrong = nobody.get(f"{BEGIN}/return?state=x").text
    assert {"en": "Begin again, finish in the same browser", "zh-CN": "请重新登录，在同一浏览器中完成"}[locale] in wrong


def test_every_refusal_has_its_own_words():
    codes = {each.code for each in below(CheckstandError) if each.code.startswith("single_sign_on.")}
    sentences = Texts(FOLDER).sentences
    missing = [
        (code, part, locale)
        for code in codes
        for part in ("title", "remedy")
        for locale in LOCALES
        if locale not in sentences.get(f"people.sso_problem.{code}.{part}", {})
    ]

    assert len(codes) >= 15
    assert missing == []


def below(base):
    for each in base.__subclasses__():
        yield each
        yield from below(each)
