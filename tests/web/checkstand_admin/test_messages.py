"""People are told by mail what concerns their business unit, and the console keeps what they were told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.mail_server import MailServer

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.mail_words import LANGUAGES, ROLES, WORDS
from checkstand.app.manage_keys import create_key, revoke_key, rotate_key
from checkstand.app.manage_units import invite
from checkstand.app.send_mail import DELAYS_S
from checkstand.app.write_mail import CONSOLE, mail_ops
from checkstand.infra.mail import mail
from checkstand.infra.ops import Upsert
from checkstand.member.keys import keys_of
from checkstand.member.permissions import ROLES as ROLE_NAMES
from checkstand.member.unit_settings import unit_settings
from checkstand.monitoring.audit import audit_page
from checkstand_admin import PREFIX

MESSAGES = f"/admin/u/{UNIT}/test/messages"
OWNER = Actor("opr_1", "owner@example.com", "")


@pytest.fixture
def server(platform):
    """A mail server that the platform is told of."""
    with MailServer() as made:
        platform.settings = replace(platform.settings, smtp_url=made.url, public_url="http://pay.example.com")
        yield made


@pytest.fixture
def run(platform):
    """Run what is due, now or later."""
    platform.jobs = JobRunner(platform, HANDLERS)
    yield lambda **later: platform.jobs.run_due(platform.clock.now() + timedelta(seconds=1, **later))
    platform.jobs = None


@pytest.fixture
def contacts(platform):
    """The unit's contacts: one stranger, and one person of the console who reads Chinese."""
    row = {"tenant_id": UNIT, "time_zone": "Asia/Shanghai", "contacts": ["ops@example.com"], "revision": 1}
    with platform.db.read() as connection:
        stored = connection.execute(select(unit_settings).where(unit_settings.c.tenant_id == UNIT)).one_or_none()
    defaults = {} if stored is None else dict(stored._mapping)
    others = {each.name: None for each in unit_settings.columns if each.nullable}
    platform.poster.commit(WriteSet(ops=[Upsert(unit_settings, {**others, **defaults, **row})]))


def mails(platform):
    """What this test wrote; the cast was invited, too."""
    mine = mail.c.recipient.not_in([f"{role}@example.com" for role in ROLE_NAMES])
    with platform.db.read() as connection:
        return connection.execute(select(mail).where(mine).order_by(mail.c.mail_id)).all()


def text_of(message):
    return message.get_body(("plain",)).get_content()


def html_of(message):
    return message.get_body(("html",)).get_content()


def test_an_invitation_arrives_as_text_and_html_with_a_link_that_works(person, platform, server, run):
    token = invite(platform, OWNER, UNIT, "new@example.com", "finance")
    assert run() == 1

    message = server.received[0]
    link = f"http://pay.example.com/admin/invitations/{token}"
    assert (message["to"], message["from"]) == ("new@example.com", "Checkstand <checkstand@pay.example.com>")
    assert link in text_of(message)
    assert f'href="{link}"' in html_of(message)
    for said in ("as finance", "财务", "Lantern Books", "灯笼书店"):  # nobody knows this person's language
        assert said in text_of(message)
    assert [row.state for row in mails(platform)] == ["sent"]
    assert person(None).get(f"/admin/invitations/{token}").status_code == 200


def test_a_person_we_know_reads_their_own_language(platform, server, run):
    from checkstand.app.console_access import create_operator

    create_operator(platform, "zh@example.com", "Zhou", "a lantern in the rain", locale="zh-CN")
    invite(platform, OWNER, UNIT, "zh@example.com", "owner")
    run()

    assert "邀请您" in server.received[0]["subject"]
    assert "invites" not in text_of(server.received[0])


def test_without_a_mail_server_the_console_keeps_it(person, platform, run):
    token = invite(platform, OWNER, UNIT, "new@example.com", "finance")
    assert run() == 0

    owner = person("owner")
    page = owner.get(MESSAGES).text
    assert 'data-testid="no-server"' in page
    assert "new@example.com" in page
    assert token not in page
    link = re.search(rf'href="({MESSAGES}/mel_[^"]+)"', page).group(1)
    assert token in owner.get(link).text
    with platform.db.read() as connection:
        line = audit_page(connection, UNIT)[0]
        assert (line.action, line.actor_email) == ("mail.read", "owner@example.com")
        assert token.encode() not in b"".join(row.sealed for row in connection.execute(select(mail)))


def test_a_busy_server_is_asked_again_and_the_mail_is_the_same(platform, server, run):
    server.replies[:] = ["451 later"]
    invite(platform, OWNER, UNIT, "new@example.com", "finance")
    run()
    waiting = mails(platform)[0]
    assert (waiting.state, waiting.attempts, waiting.error) == ("waiting", 1, "451 later")
    assert run() == 0

    assert run(minutes=1) == 1
    assert mails(platform)[0].state == "sent"
    assert mails(platform)[0].error is None
    assert server.received[0]["message-id"] == f"<{waiting.mail_id}@pay.example.com>"


def test_an_address_that_does_not_exist_is_tried_once(person, platform, server, run):
    server.replies[:] = ["550 no such person"]
    invite(platform, OWNER, UNIT, "nobody@example.com", "finance")
    run()

    row = mails(platform)[0]
    assert (row.state, row.error) == ("failed", "550 no such person")
    assert run(days=3) == 0
    assert "550 no such person" in person("owner").get(f"{MESSAGES}/{row.mail_id}").text


def test_a_server_that_is_away_is_given_up_after_a_day(platform, run):
    with MailServer() as gone:
        url = gone.url
    platform.settings = replace(platform.settings, smtp_url=url)
    invite(platform, OWNER, UNIT, "new@example.com", "finance")
    run()
    assert (mails(platform)[0].state, mails(platform)[0].attempts) == ("waiting", 1)
    run(days=2)

    assert (mails(platform)[0].state, mails(platform)[0].attempts) == ("failed", len(DELAYS_S) + 1)


def test_a_password_never_travels_in_the_clear(platform, run):
    with MailServer(host="127.0.0.2") as elsewhere:  # not this machine's usual name, and it knows no STARTTLS
        url = elsewhere.url.replace("//", "//me:hunter2@")
        platform.settings = replace(platform.settings, smtp_url=url)
        invite(platform, OWNER, UNIT, "new@example.com", "finance")
        run()

    row = mails(platform)[0]
    assert row.state == "waiting"
    assert "STARTTLS" in row.error
    assert "hunter2" not in row.error
    assert elsewhere.received == []


def test_contacts_are_warned_before_a_replaced_key_ends(platform, contacts, server, run):
    create_key(platform, OWNER, UNIT, "test", ["payments:read"])
    with platform.db.read() as connection:
        key = keys_of(connection, UNIT, "test")[0]
    rotate_key(platform, OWNER, UNIT, "test", key.api_key_id)
    assert run(hours=19) == 0

    run(hours=21)
    assert len({message["message-id"] for message in server.received}) == 1
    assert server.received[0]["to"] == "ops@example.com"
    assert key.hint in text_of(server.received[0])
    assert "(Asia/Shanghai)" in text_of(server.received[0])


def test_a_key_that_was_revoked_meanwhile_warns_nobody(platform, contacts, server, run):
    create_key(platform, OWNER, UNIT, "test", ["payments:read"])
    with platform.db.read() as connection:
        key = keys_of(connection, UNIT, "test")[0]
    rotate_key(platform, OWNER, UNIT, "test", key.api_key_id)
    revoke_key(platform, OWNER, UNIT, "test", key.api_key_id)
    run(hours=21)

    assert server.received == []


def test_without_contacts_nobody_is_written_to(platform):
    now = platform.clock.now()

    assert mail_ops(platform, UNIT, "key_ending", "https://x", {"hint": "a", "at": now, "mode": "test"}, now) == []


def test_owners_read_messages_and_others_do_not(person, platform):
    invite(platform, OWNER, UNIT, "new@example.com", "finance")
    mail_id = mails(platform)[0].mail_id

    assert person("developer").get(f"{MESSAGES}/{mail_id}").status_code == 403
    assert person("rival").get(f"/admin/u/{RIVAL}/test/messages/{mail_id}").status_code == 404
    assert "new@example.com" not in person("rival").get(f"/admin/u/{RIVAL}/test/messages").text


@on_both_engines
def test_the_list_is_narrowed_by_state_and_goes_on_page_by_page(person, platform):
    for number in range(53):
        invite(platform, OWNER, UNIT, f"p{number}@example.com", "finance")
    owner = person("owner")

    def listed(page):
        return re.findall(r"p\d+@example\.com", page.text)

    first = owner.get(f"{MESSAGES}?state=kept")
    second = owner.get(re.search(r'href="([^"]+)" rel="next"', first.text).group(1).replace("&amp;", "&"))
    assert [*listed(first), *listed(second)] == [f"p{number}@example.com" for number in reversed(range(53))]
    assert listed(owner.get(f"{MESSAGES}?state=failed")) == []


def test_what_people_write_stays_text(platform, server, run, contacts):
    now = platform.clock.now()
    facts = {"scenario": "a\r\nBcc: x@example.com", "who": "o@example.com", "note": "<script>alert(1)</script>{who}"}
    platform.poster.commit(WriteSet(ops=mail_ops(platform, UNIT, "live_rejected", "https://x", facts, now)))
    run()

    message = server.received[0]
    assert message["bcc"] is None
    assert "<script>" not in html_of(message)
    assert "<script>alert(1)</script>{who}" in text_of(message)


def test_a_message_without_a_note_has_no_empty_sentence(platform, server, run, contacts):
    now = platform.clock.now()
    facts = {"scenario": "grocery", "who": "o@example.com", "note": ""}
    platform.poster.commit(WriteSet(ops=mail_ops(platform, UNIT, "live_approved", "https://x", facts, now)))
    run()

    assert "What o@example.com wrote" not in text_of(server.received[0])
    assert "grocery is live" in server.received[0]["subject"]


def test_every_kind_speaks_both_languages():
    for kind, words in WORDS.items():
        assert set(words) == set(LANGUAGES), kind
        assert len({len(sentences) for _, sentences, _ in words.values()}) == 1, kind
    assert all(set(names) == set(ROLE_NAMES) for names in ROLES.values())


def test_links_lead_to_where_the_console_is():
    assert CONSOLE == PREFIX
