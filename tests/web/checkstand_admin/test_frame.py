"""What is around every page: the sentence that says what was just done."""

import pytest
from tests.web.checkstand_admin.conftest import UNIT

HOME = f"/admin/u/{UNIT}/test/home"


def test_what_was_done_is_said_once_above_the_page(person):
    page = person("owner").get(f"{HOME}?done=saved").text

    assert page.count('data-testid="flash"') == 1
    assert "Saved." in page


@pytest.mark.parametrize(
    "written", ["", "Your account is closed", "<script>alert(1)</script>", "problem.title", ".saved", "saved.", "skip"]
)
def test_a_value_written_by_hand_says_nothing(person, written):
    page = person("owner").get(HOME, params={"done": written}).text

    assert 'data-testid="flash"' not in page
    assert "Your account is closed" not in page
    assert "alert(1)" not in page
