"""Publishing: versions, what changed, to live by request, and back."""

import re

import pytest
from sqlalchemy import select
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.apply_scenarios import publish_catalogue
from checkstand.app.console_access import Actor
from checkstand.app.create_session import create_session
from checkstand.app.edit_draft import check_draft, discard_draft, find_draft, save_draft, start_from_template
from checkstand.app.session_rows import CreateSession
from checkstand.infra.mail import letter_of, mail
from checkstand.infra.ops import Update
from checkstand.member.operators import operator_by_email
from checkstand.monitoring.audit import audit_page
from checkstand.order.store import business_order
from checkstand.scenario import Catalogue
from checkstand.scenario.store import publication_history, publish_ops, published_pointer

LIST = f"/admin/u/{UNIT}/test/publishing"
BOOKS = f"{LIST}/books"
SOURCE = """\
api_version: checkout/v1
kind: Scenario
metadata: {id: books, name: {en: Books}, owner: lantern}
amount_limits: {currency: CNY, max: 500000}
methods:
  - {id: bal, type: balance, order: 10}
locales: {default: en, supported: [en]}
"""
SMALLER = SOURCE.replace("500000", "100000")
WALLET = SOURCE.replace("locales:", "  - {id: ali, type: alipay, order: 20}\nlocales:")


def actor(platform, role):
    with platform.db.read() as connection:
        row = operator_by_email(connection, f"{role}@example.com")
    return Actor(row.operator_id, row.email, "")


@pytest.fixture
def write(platform):
    """`write(source)` saves the draft of the scenario `books`; tells its revision."""

    def save(source, role="developer", unit=UNIT):
        who = actor(platform, role)
        draft = find_draft(platform, unit, "books")
        draft = draft or start_from_template(platform, who, unit, "donation", "books")
        return save_draft(platform, who, unit, "books", source, draft.revision).revision

    return save


@pytest.fixture
def publish(person, write):
    """`publish(source)` writes and publishes to test as the developer does; tells the version."""
    developer = person("developer")

    def act(source, note=""):
        answer = developer.post(f"{BOOKS}/publish", revision=write(source), note=note)
        assert answer.headers["location"] == f"{BOOKS}?done=published_test", answer.text
        return pointer_on(developer.get(BOOKS).text, "test")

    return act


@pytest.fixture
def paid(platform):
    """`paid(version)` records a test order that somebody paid on what test has now."""

    def record(number="1"):
        order = {"order_no": f"N-{number}", "amount_minor": 1200, "currency": "CNY", "title": "Two novels"}
        wish = {"scenario": "books", "terminal": "pc", "shopper": {"id": "mei"}, "locale": "en", **order}
        session = create_session(platform, CreateSession(tenant_id=UNIT, mode="test", **wish))
        key = {"tenant_id": UNIT, "order_id": session.order_id}
        platform.poster.commit(WriteSet(ops=[Update(business_order, key, {"status": "PAID"})]))

    return record


@pytest.fixture
def ready(publish, paid):
    """A version in test that passes every check; tells its hash."""
    version = publish(SOURCE, note="the first shop")
    paid()
    return version


def pointer_on(page, mode):
    return re.search(rf'data-testid="pointer-{mode}" data-version="(\w*)"', page).group(1)


def live_pointer(platform, mode="live"):
    with platform.db.read() as connection:
        return published_pointer(connection, UNIT, "books", mode)


def ask(someone, version, note=""):
    """Ask for live; tells the address of the request."""
    answer = someone.post(f"{BOOKS}/requests", version=version, note=note)
    assert answer.status_code == 303, answer.text
    return re.search(rf'href="({BOOKS}/requests/\w+)"', someone.get(BOOKS).text).group(1)


def state_of(someone, address):
    return re.search(r'data-state="(\w+)"', someone.get(address).text).group(1)


def passed_checks(page):
    return dict(re.findall(r'data-testid="check-(\w+)" data-passed="(\w+)"', page))


def lines_of_trail(platform):
    with platform.db.read() as connection:
        return [(line.action, line.actor_email, line.mode) for line in audit_page(connection, UNIT)]


# ── to test ─────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_unit_learns_what_would_stand_here(person):
    assert "Nothing to publish yet" in person("analyst").get(LIST).text


def test_a_draft_is_published_to_test_at_once_with_who_and_why(person, platform, publish):
    version = publish(SOURCE, note="the first shop")
    page = person("reviewer").get(BOOKS).text

    assert live_pointer(platform, "test") == version
    assert "the first shop" in page
    assert "Developer" in page
    assert ("scenario.publish", "developer@example.com", "test") in lines_of_trail(platform)
    assert 'data-testid="draft"' not in page  # nothing left to publish
    assert version[:12] in person("analyst").get(LIST).text


@on_both_engines
def test_publishing_twice_is_publishing_once(person, platform, write):
    developer, revision = person("developer"), write(SOURCE)
    answers = [developer.post(f"{BOOKS}/publish", revision=revision, note="").status_code for _ in range(2)]

    assert answers == [303, 303]
    with platform.db.read() as connection:
        assert len(publication_history(connection, UNIT, "books", "test")) == 1


def test_a_draft_that_changed_since_the_page_was_shown_is_not_published(person, platform, write):
    seen = write(SOURCE)
    write(SMALLER)
    answer = person("developer").post(f"{BOOKS}/publish", revision=seen, note="my reasons")

    assert answer.status_code == 409
    assert "saved again since you opened this page" in answer.text
    assert 'value="my reasons"' in answer.text
    assert live_pointer(platform, "test") is None


def test_a_draft_with_mistakes_is_refused_with_each_of_them(person, platform, write):
    revision = write(SOURCE.replace("balance", "beads").replace("500000", "much"))
    answer = person("developer").post(f"{BOOKS}/publish", revision=revision, note="")

    assert answer.status_code == 400
    assert "The draft is not valid" in answer.text
    assert "methods[0].type" in answer.text
    assert "amount_limits.max" in answer.text
    assert live_pointer(platform, "test") is None


def test_a_discarded_draft_cannot_be_published(person, platform, write):
    revision = write(SOURCE)
    discard_draft(platform, actor(platform, "developer"), UNIT, "books", revision)

    assert person("developer").post(f"{BOOKS}/publish", revision=revision, note="").status_code == 404


@pytest.mark.parametrize("revision", ["", "-1", "one", "9" * 30, "²"])
def test_a_revision_that_is_no_number_is_refused(person, write, revision):
    write(SOURCE)

    assert person("developer").post(f"{BOOKS}/publish", revision=revision, note="").status_code in {400, 409}


def test_a_note_has_an_end_and_is_never_markup(person, platform, publish, write):
    developer = person("developer")
    publish(SOURCE, note="<script>alert(1)</script>")
    assert "<script>alert" not in developer.get(BOOKS).text
    assert "&lt;script&gt;alert(1)" in developer.get(BOOKS).text

    assert developer.post(f"{BOOKS}/publish", revision=write(SMALLER), note="x" * 501).status_code == 400


@on_both_engines
def test_of_two_people_who_publish_at_once_one_is_refused(platform, publish):
    """Between reading the pointer and the commit somebody was faster."""
    first = publish(SOURCE)
    late = publish_ops(
        UNIT, "books", "test", first, previous=first, at=platform.clock.now(), by="late", guarded=True
    )  # fmt: skip
    second = publish(SMALLER)

    with pytest.raises(EdgeRefused):
        platform.poster.commit(WriteSet(ops=late))
    assert live_pointer(platform, "test") == second


# ── what changed ────────────────────────────────────────────────────────────────────────────────


def test_two_versions_are_compared_in_words_and_in_lines(person, publish):
    first, second = publish(SOURCE), publish(WALLET.replace("500000", "100000"))
    page = person("analyst").get(f"{BOOKS}/compare?from={first}&to={second}").text

    assert "Alipay is new." in page
    assert "The largest amount falls from ¥5,000.00 to ¥1,000.00: orders above it are refused from now on" in page
    assert 'data-testid="breaking"' in page
    assert '<span class="sign">+</span>  - {id: ali' in page
    assert '<span class="sign">-</span>amount_limits' in page
    assert '<span class="sign"> </span>@@' in page


def test_the_trail_says_what_a_publication_changes_for_whom(person, platform, publish):
    publish(SOURCE)
    publish(SMALLER)

    with platform.db.read() as connection:
        after = [line.after for line in audit_page(connection, UNIT) if line.action == "scenario.publish"]
    assert after[0]["changes"].startswith("The largest amount falls from ¥5,000.00 to ¥1,000.00")
    assert after[1]["changes"] == "A new scenario; nothing of it is published yet."
    assert "The largest amount falls" in person("owner").get(f"/admin/u/{UNIT}/test/audit").text


def test_the_comparison_replays_recorded_orders_against_both_versions(person, publish, paid):
    first = publish(SOURCE)
    paid()
    second = publish(SOURCE.replace("max: 500000", "max: 1000"))
    page = person("analyst").get(f"{BOOKS}/compare?from={first}&to={second}").text

    assert "1 of the 1 sessions of the last day would have been different:" in page
    assert "1 would have been refused; the first is cs_" in page
    example = re.search(r'href="([^"]+/explain\?session=cs_\w+)"', page).group(1)
    assert "first saw it" in person("analyst").get(example).text


def test_the_draft_is_compared_with_what_shoppers_have(person, publish, write):
    publish(SOURCE)
    write(SMALLER)
    page = person("developer").get(f"{BOOKS}/compare").text

    assert "The largest amount falls" in page


def test_a_text_that_is_no_scenario_is_compared_by_its_lines(person, publish, write):
    publish(SOURCE)
    write("a: [1, <b>bold</b>")
    page = person("developer").get(f"{BOOKS}/compare").text

    assert "only its lines can be compared" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_comparing_speaks_chinese(person, publish):
    first, second = publish(SOURCE), publish(WALLET)
    owner = person("owner")
    owner.post("/admin/locale", locale="zh-CN", next=LIST)

    assert "新增支付宝。" in owner.get(f"{BOOKS}/compare?from={first}&to={second}").text


@pytest.mark.parametrize("query", ["from=nothing", "to=" + "0" * 64, "from=draft"])
def test_what_does_not_exist_cannot_be_compared(person, platform, publish, query):
    publish(SOURCE)
    draft = find_draft(platform, UNIT, "books")
    discard_draft(platform, actor(platform, "developer"), UNIT, "books", draft.revision)

    assert person("owner").get(f"{BOOKS}/compare?{query}").status_code == 404


# ── to live ─────────────────────────────────────────────────────────────────────────────────────


def test_live_takes_two_people(person, platform, ready):
    developer, reviewer = person("developer"), person("reviewer")
    address = ask(developer, ready, "shoppers wait for it")

    assert "shoppers wait for it" in reviewer.get(address).text
    assert live_pointer(platform) is None
    assert reviewer.post(f"{address}/approve", reason="").headers["location"] == f"{address}?done=live_approved"
    assert live_pointer(platform) == ready
    assert state_of(developer, address) == "approved"
    assert ("live_request.approve", "reviewer@example.com", "live") in lines_of_trail(platform)
    assert "shoppers wait for it" in developer.get(BOOKS).text  # the history says why


def test_contacts_are_told_of_a_request_and_who_asked_of_what_became_of_it(person, platform, ready):
    owner, developer, reviewer = person("owner"), person("developer"), person("reviewer")
    settings = {
        "name.en": "Lantern Books",
        "contacts": "ops@example.com",
        "time_zone": "Asia/Shanghai",
        "revision": "0",
    }
    assert owner.post(f"/admin/u/{UNIT}/test/settings", **settings).status_code == 303
    rejected = ask(developer, ready)
    reviewer.post(f"{rejected}/reject", reason="the logo is missing")
    approved = ask(developer, ready)
    reviewer.post(f"{approved}/approve", reason="")

    with platform.db.read() as connection:
        rows = connection.execute(select(mail).where(mail.c.kind != "invited").order_by(mail.c.mail_id)).all()
    ops, asked = "ops@example.com", "developer@example.com"
    assert [(row.kind, row.recipient) for row in rows] == [
        ("live_requested", ops),
        ("live_rejected", ops), ("live_rejected", asked),
        ("live_requested", ops),
        ("live_approved", ops), ("live_approved", asked),
    ]  # fmt: skip
    said = letter_of(rows[2], platform.settings.secret_key).text
    assert "The reason: the logo is missing" in said
    assert f"{platform.settings.base_url}{rejected}".replace("/test/", "/live/") in said


def test_every_check_is_shown_with_its_remedy(person, publish, paid):
    publish(WALLET)
    developer = person("developer")
    page = developer.get(BOOKS).text

    assert passed_checks(page) == {
        "schema": "yes", "copy": "yes", "contrast": "yes", "proof": "yes", "weight": "yes", "paid_test": "no",
        "live_accounts": "no",
    }  # fmt: skip
    assert "Without an account: ali" in page
    assert "pay it in the simulator" in page
    paid()
    assert passed_checks(developer.get(BOOKS).text)["paid_test"] == "yes"


def test_a_request_needs_every_check(person, platform, publish):
    answer = person("developer").post(f"{BOOKS}/requests", version=publish(SOURCE), note="")

    assert answer.status_code == 422
    assert "Not every check is passed" in answer.text


def test_a_page_over_its_budget_stays_in_test(person, publish, paid):
    version = publish(SOURCE + "budget: {first_load_bytes: 1000}\n")
    paid()
    developer = person("developer")

    assert passed_checks(developer.get(BOOKS).text)["weight"] == "no"
    assert "of 1000 bytes" in developer.get(BOOKS).text
    assert developer.post(f"{BOOKS}/requests", version=version, note="").status_code == 422


def test_a_payment_on_another_version_does_not_count(person, ready, publish):
    newer = publish(SMALLER)

    assert person("developer").post(f"{BOOKS}/requests", version=newer, note="").status_code == 422


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_nobody_approves_the_own_request(person, platform, ready, role):
    someone = person(role)
    address = ask(someone, ready)
    page = someone.get(address).text
    answer = someone.post(f"{address}/approve", reason="")

    assert 'data-testid="approve"' not in page
    assert answer.status_code == 403
    assert "somebody else has to approve it" in answer.text
    assert live_pointer(platform) is None


def test_nobody_approves_the_version_that_they_wrote(person, platform, write, paid):
    owner = person("owner")
    owner.post(f"{BOOKS}/publish", revision=write(SOURCE, "owner"), note="")
    paid()
    address = ask(person("developer"), pointer_on(owner.get(BOOKS).text, "test"))

    assert owner.post(f"{address}/approve", reason="").status_code == 403
    assert person("reviewer").post(f"{address}/approve", reason="").status_code == 303


def test_only_the_version_in_test_can_be_requested(person, ready, publish):
    publish(SMALLER)
    answer = person("developer").post(f"{BOOKS}/requests", version=ready, note="")

    assert answer.status_code == 409
    assert "Test has another version now" in answer.text


def test_a_newer_version_in_test_makes_the_request_void(person, platform, ready, publish):
    address = ask(person("developer"), ready)
    publish(SMALLER)
    reviewer = person("reviewer")

    assert state_of(reviewer, address) == "void"
    assert reviewer.post(f"{address}/approve", reason="").status_code == 409
    assert live_pointer(platform) is None


def test_the_command_line_makes_a_request_void_too(person, platform, ready):
    address = ask(person("developer"), ready)
    catalogue = Catalogue((check_draft(platform, "books", SMALLER),))
    publish_catalogue(platform, UNIT, catalogue, "test", "command line")

    assert state_of(person("reviewer"), address) == "void"


def test_going_back_in_test_does_not_wake_a_request(person, platform, ready, publish):
    developer = person("developer")
    address = ask(developer, ready)
    newer = publish(SMALLER)
    developer.post(f"{BOOKS}/rollback/test", version=ready, seen=newer, reason="too small")

    assert live_pointer(platform, "test") == ready
    assert state_of(developer, address) == "void"


def test_asking_twice_is_one_request_and_asking_anew_replaces_it(person, ready):
    developer, owner = person("developer"), person("owner")
    first = ask(developer, ready)

    assert ask(developer, ready) == first
    second = ask(owner, ready)
    assert second != first
    assert state_of(owner, first) == "void"
    assert state_of(owner, second) == "requested"


@on_both_engines
def test_a_request_is_decided_once(person, platform, ready):
    address = ask(person("developer"), ready)
    owner, reviewer = person("owner"), person("reviewer")

    assert owner.post(f"{address}/approve", reason="").status_code == 303
    assert reviewer.post(f"{address}/approve", reason="").status_code == 409
    assert reviewer.post(f"{address}/reject", reason="too late").status_code == 409
    with platform.db.read() as connection:
        assert len(publication_history(connection, UNIT, "books", "live")) == 1


def test_a_rejection_says_why_and_a_withdrawn_request_is_gone(person, ready):
    developer, reviewer = person("developer"), person("reviewer")
    address = ask(developer, ready)

    assert reviewer.post(f"{address}/reject", reason=" ").status_code == 400
    assert reviewer.post(f"{address}/reject", reason="the logo is missing").status_code == 303
    assert "the logo is missing" in developer.get(BOOKS).text
    again = ask(developer, ready)
    assert developer.post(f"{again}/withdraw").status_code == 303
    assert state_of(reviewer, again) == "withdrawn"
    assert reviewer.post(f"{again}/approve", reason="").status_code == 409


def test_live_does_not_ask_for_what_it_has(person, ready):
    developer = person("developer")
    person("reviewer").post(f"{ask(developer, ready)}/approve", reason="")

    assert developer.post(f"{BOOKS}/requests", version=ready, note="").status_code == 409
    assert 'data-testid="to-live"' not in developer.get(BOOKS).text


@pytest.mark.parametrize(
    ("role", "act"),
    [("reviewer", "publish"), ("reviewer", "rollback/test"), ("reviewer", "requests"), ("developer", "rollback/live"),
     ("analyst", "publish"), ("finance", "requests")],
)  # fmt: skip
def test_a_role_does_its_own_part(person, ready, role, act):
    someone = person(role)
    someone.get(BOOKS)

    assert someone.post(f"{BOOKS}/{act}", revision=1, version=ready, seen=ready, note="").status_code == 403


def test_a_developer_cannot_decide(person, ready):
    developer = person("developer")
    address = ask(person("owner"), ready)

    assert 'data-testid="approve"' not in developer.get(address).text
    for act in ("approve", "reject"):
        assert developer.post(f"{address}/{act}", reason="me").status_code == 403


# ── and back ────────────────────────────────────────────────────────────────────────────────────


@on_both_engines
def test_live_goes_back_to_a_version_that_was_live(person, platform, ready, publish, paid):
    developer, reviewer = person("developer"), person("reviewer")
    reviewer.post(f"{ask(developer, ready)}/approve", reason="")
    newer = publish(SMALLER)
    paid("2")
    reviewer.post(f"{ask(developer, newer)}/approve", reason="")
    assert live_pointer(platform) == newer
    assert 'data-testid="rollback-live"' in reviewer.get(BOOKS).text
    assert 'data-testid="rollback-live"' not in developer.get(BOOKS).text

    answer = reviewer.post(f"{BOOKS}/rollback/live", version=ready, seen=newer, reason="shoppers complain")

    assert answer.headers["location"] == f"{BOOKS}?done=rolled_back"
    assert live_pointer(platform) == ready
    assert live_pointer(platform, "test") == newer
    assert ("scenario.roll_back", "reviewer@example.com", "live") in lines_of_trail(platform)
    assert "shoppers complain" in reviewer.get(BOOKS).text
    assert (
        reviewer.post(f"{BOOKS}/rollback/live", version=ready, seen=newer, reason="again").status_code == 409
    )  # twice


def test_live_never_goes_to_a_version_that_was_only_in_test(person, platform, ready, publish):
    reviewer = person("reviewer")
    reviewer.post(f"{ask(person('developer'), ready)}/approve", reason="")
    newer = publish(SMALLER)
    answer = reviewer.post(f"{BOOKS}/rollback/live", version=newer, seen=ready, reason="hope")

    assert answer.status_code == 409
    assert live_pointer(platform) == ready


def test_going_back_needs_a_reason_that_history_and_trail_keep(person, platform, publish):
    first, second = publish(SOURCE), publish(SMALLER)
    developer = person("developer")
    wish = {"version": first, "seen": second}
    for reason in ("", "  \n"):
        answer = developer.post(f"{BOOKS}/rollback/test", **wish, reason=reason)
        assert answer.status_code == 400
        assert "Say why you go back" in answer.text
    long = developer.post(f"{BOOKS}/rollback/test", **wish, reason="<b>" + "x" * 500)
    assert long.status_code == 400
    assert 'value="&lt;b&gt;xxx' in long.text  # what was typed is not lost
    assert '<details class="fold" open>' in long.text
    assert live_pointer(platform, "test") == second

    assert developer.post(f"{BOOKS}/rollback/test", **wish, reason=" <b>the limit</b> ").status_code == 303
    page = developer.get(BOOKS).text
    assert page.count("&lt;b&gt;the limit&lt;/b&gt;") == 1
    with platform.db.read() as connection:
        line = audit_page(connection, UNIT)[0]
        history = publication_history(connection, UNIT, "books", "test")
    assert (line.action, line.after["reason"]) == ("scenario.roll_back", "<b>the limit</b>")
    assert [each.reason for each in history].count("<b>the limit</b>") == 1
    assert "the limit" in person("owner").get(LIST.replace("publishing", "audit")).text


def test_rolling_back_from_an_old_page_changes_nothing(person, platform, publish):
    first, second, third = publish(SOURCE), publish(SMALLER), publish(WALLET)
    answer = person("owner").post(f"{BOOKS}/rollback/test", version=first, seen=second, reason="hope")

    assert answer.status_code == 409
    assert live_pointer(platform, "test") == third


# ── whose ───────────────────────────────────────────────────────────────────────────────────────


def test_a_foreign_unit_sees_and_changes_nothing(person, platform, ready):
    address = ask(person("developer"), ready)
    rival = person("rival")
    theirs = address.replace(UNIT, RIVAL)
    book = BOOKS.replace(UNIT, RIVAL)

    for path in (LIST, BOOKS, address, f"{BOOKS}/compare", theirs, book, f"{book}/compare?from={ready}"):
        assert rival.get(path).status_code == 404, path
    for path in (f"{address}/approve", f"{theirs}/approve", f"{theirs}/withdraw", f"{book}/publish"):
        assert rival.post(path, reason="", revision=1, note="").status_code == 404, path
    for act in ("rollback/test", "rollback/live", "requests"):
        assert rival.post(f"{book}/{act}", version=ready, seen="", note="").status_code == 404, act
    assert "books" not in rival.get(LIST.replace(UNIT, RIVAL)).text.replace("rival-books", "")
    assert live_pointer(platform) is None


def test_a_request_belongs_to_its_scenario(person, ready):
    address = ask(person("developer"), ready)

    assert person("reviewer").get(address.replace("/books/", "/novels/")).status_code == 404


def test_an_administrator_with_a_strange_page_address_gets_no_mistake(person, ready):
    admin = person("admin")
    for query in ("versions=yesterday", "versions=2026-01-01", "history=zz"):
        assert admin.get(f"{BOOKS}?{query}").status_code in {200, 404}
