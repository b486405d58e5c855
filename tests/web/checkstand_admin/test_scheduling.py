"""An approved version goes live at its moment, in the unit's time zone; until then it can be cancelled."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from tests.web.checkstand_admin.conftest import RIVAL
from tests.web.checkstand_admin.test_publishing import (
    BOOKS,
    SMALLER,
    actor,
    ask,
    lines_of_trail,
    live_pointer,
    paid,
    publish,
    ready,
    write,
)

from checkstand.app.job_handlers import HANDLERS
from checkstand.app.job_runner import JobRunner
from checkstand.app.publish_scenario import roll_back
from checkstand.infra.mail import mail

__all__ = ["paid", "publish", "ready", "write"]  # fixtures
ZONE = ZoneInfo("Asia/Shanghai")


def local(platform, **later):
    """What a person types into the field."""
    return (platform.clock.now().astimezone(ZONE) + timedelta(**later)).strftime("%Y-%m-%dT%H:%M")


def due(platform, **later):
    JobRunner(platform, HANDLERS).run_due(platform.clock.now() + timedelta(**later))


def schedule_of(page):
    return re.search(r'data-testid="schedule" data-state="(\w+)"', page).group(1)


@pytest.fixture
def scheduled(person, platform, ready):
    """A version that was approved for tomorrow; tells the request's address."""
    address = ask(person("developer"), ready)
    answer = person("reviewer").post(f"{address}/approve", reason="", publish_at=local(platform, days=1))
    assert answer.headers["location"] == f"{address}?done=live_scheduled", answer.text
    return address


def test_it_goes_live_at_its_moment_and_not_before(person, platform, ready, scheduled):
    due(platform, hours=23)
    assert live_pointer(platform) is None
    assert "Asia/Shanghai" in person("analyst").get(scheduled).text
    assert 'data-testid="scheduled"' in person("analyst").get(BOOKS).text

    due(platform, hours=25)
    assert live_pointer(platform) == ready
    assert schedule_of(person("analyst").get(scheduled).text) == "published"
    assert ("schedule.publish", "reviewer@example.com", "live") in lines_of_trail(platform)


def test_the_contacts_are_told_of_the_plan_and_of_what_came_of_it(person, platform, scheduled):
    due(platform, hours=25)
    with platform.db.read() as connection:
        kinds = list(connection.execute(select(mail.c.kind).order_by(mail.c.mail_id)).scalars())

    assert kinds.count("live_scheduled") == kinds.count("live_approved") == 1
    assert kinds.index("live_scheduled") < kinds.index("live_approved")


def test_a_cancelled_one_never_goes_live(person, platform, scheduled):
    reviewer = person("reviewer")
    number = re.search(r'name="schedule" value="(\w+)"', reviewer.get(scheduled).text).group(1)
    answer = reviewer.post(f"{scheduled}/cancel", schedule=number)

    assert answer.headers["location"] == f"{scheduled}?done=schedule_cancelled"
    due(platform, hours=25)
    assert live_pointer(platform) is None
    assert schedule_of(reviewer.get(scheduled).text) == "cancelled"
    assert reviewer.post(f"{scheduled}/cancel", schedule=number).status_code == 409


def test_a_version_that_went_live_meanwhile_is_not_overtaken(person, platform, ready, scheduled, publish, paid):
    second = publish(SMALLER)
    paid("2")
    again = ask(person("developer"), second)
    person("reviewer").post(f"{again}/approve", reason="")
    assert live_pointer(platform) == second

    due(platform, hours=25)

    assert live_pointer(platform) == second
    page = person("analyst").get(scheduled).text
    assert schedule_of(page) == "refused"
    assert "another version was published meanwhile" in page


@pytest.mark.parametrize("later", [{"minutes": -2}, {"days": 91}])
def test_a_moment_that_is_no_plan_is_refused(person, platform, ready, later):
    address = ask(person("developer"), ready)
    answer = person("reviewer").post(f"{address}/approve", reason="", publish_at=local(platform, **later))

    assert answer.status_code == 400
    assert "next 90 days" in answer.text
    assert 'data-state="requested"' in answer.text


def test_one_moment_at_a_time(person, platform, scheduled, publish, paid):
    second = publish(SMALLER)
    paid("2")
    again = ask(person("developer"), second)

    assert person("reviewer").post(f"{again}/approve", reason="", publish_at=local(platform, days=2)).status_code == 409


def test_only_who_may_approve_cancels_and_only_at_home(person, platform, scheduled):
    number = re.search(r'name="schedule" value="(\w+)"', person("reviewer").get(scheduled).text).group(1)

    assert person("developer").post(f"{scheduled}/cancel", schedule=number).status_code == 403
    rival = f"/admin/u/{RIVAL}/test/publishing/books/requests/{scheduled.rpartition('/')[2]}/cancel"
    assert person("rival").post(rival, schedule=number).status_code == 404


def test_going_back_after_it_went_live_needs_no_schedule(person, platform, ready, scheduled, publish, paid):
    due(platform, hours=25)
    second = publish(SMALLER)
    paid("2")
    person("reviewer").post(f"{ask(person('developer'), second)}/approve", reason="")
    roll_back(platform, actor(platform, "reviewer"), "lantern-books", "books", "live", ready, second, "too small")

    assert live_pointer(platform) == ready
