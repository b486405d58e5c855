"""Every setting and every button of the studio is visible beside it: on the shopper's page, or in the money flow.

The settings are those that the code lists. One that changes nothing that anybody can see fails here, unless the
code declares that shoppers never see it; then the money flow has to change.
"""

import pytest
from sqlalchemy import func, select
from tests.web.checkstand_admin.conftest import UNIT

from checkstand.app import edit_draft
from checkstand.app.preview_page import STATES
from checkstand.infra.db import metadata
from checkstand.kernel import FrozenClock
from checkstand.scenario.defaults import default
from checkstand.scenario.edit import set_value
from checkstand.scenario.edit_parts import in_order
from checkstand.scenario.edit_rules import RuleWanted, save_rule
from checkstand_admin.studio import settings
from checkstand_admin.studio.edits import EDITS

STUDIO = f"/admin/u/{UNIT}/test/studio"
MARKET = f"{STUDIO}/market"
REFUSED = "There is no page to show yet."


@pytest.fixture
def owner(person):
    made = person("owner")
    assert made.post(f"{STUDIO}/_gallery", template="second-hand", scenario_id="market").status_code == 303
    return made


@pytest.fixture(autouse=True)
def still(platform):
    """A page tells how much time is left; only a setting may change it here."""
    object.__setattr__(platform, "clock", FrozenClock(platform.clock.now()))


@pytest.fixture
def source(owner, platform):
    return edit_draft.read_draft(platform, UNIT, "market").source


@pytest.fixture
def worldwide(source):
    """The same with the one method that takes other currencies, too."""
    return set_value(source, ("methods",), {"wx": None, "ali": None})


@pytest.fixture
def document(platform, source):
    return edit_draft.check_draft(platform, "market", source).document


def page(owner, source, axes, **fields):
    return owner.post(f"{MARKET}/preview", source=source, **axes, **fields).text


def changes_the_page(owner, document, source, **fields):
    """Whether the shopper's page differs in some state, on some terminal, in some language."""
    for locale in document["locales"]["supported"]:
        for terminal in document.get("terminals", default("terminals")):
            for state in STATES:
                axes = {"axis.locale": locale, "axis.terminal": terminal, "axis.state": state}
                after = page(owner, source, axes, **fields)
                assert REFUSED not in after, fields
                if after != page(owner, source, axes):
                    return True
    return False


def others(setting, shown):
    """Other values that the field could be given."""
    if setting.kind == "choice":
        return [each for each in settings.CHOICES[setting.name] if each != shown]
    if setting.kind == "amount":
        return [f"{float(shown or 0) * factor + 1:.2f}" for factor in (300, 0.01)]
    return {"text": ["Lantern market"], "colour": ["#0a5c36"], "minutes": ["37"], "percent": ["2.5"]}[setting.kind]


def fields_of(setting, shown, value):
    return {setting.name: value, settings.WAS + setting.name: shown}


def test_every_setting_changes_what_is_shown_beside_it(owner, worldwide, document):
    blind, source = [], worldwide
    flow = owner.post(f"{MARKET}/money", source=source).text
    for setting, shown in settings.shown(document):
        tried = [fields_of(setting, shown, value) for value in others(setting, shown)]
        if setting.unseen:
            seen = [owner.post(f"{MARKET}/money", source=source, **fields).text != flow for fields in tried]
            if not all(seen):
                blind.append(setting.name)
            continue
        valid = (fields for fields in tried if REFUSED not in page(owner, source, {}, **fields))
        if not any(changes_the_page(owner, document, source, **fields) for fields in valid):
            blind.append(setting.name)

    assert blind == []


def test_what_is_declared_unseen_really_is(owner, source, document):
    for setting, shown in settings.shown(document):
        for value in others(setting, shown) if setting.unseen else ():
            assert not changes_the_page(owner, document, source, **fields_of(setting, shown, value)), setting.name


def test_every_unseen_setting_exists_and_says_why(document):
    assert set(settings.UNSEEN) <= {setting.name.partition(".")[0] for setting, _ in settings.shown(document)}
    assert all(reason.endswith(".") for reason in settings.UNSEEN.values())


# Verb of a button → what it is given; every verb of the code has its row.
PRESSES = {
    "up": ("up:{last}", {}),
    "down": ("down:{first}", {}),
    "place": ("place:{first}:1", {}),
    "drop": ("drop:{first}", {}),
    "add": ("add", {"type": "alipay"}),
    "rule_save": ("rule_save:", {"rule.effect": "hide", "rule.methods": "{first}", "rule.raw": "amount > 1"}),
    "rule_drop": ("rule_drop:everybody", {}),
    "share_add": None,  # shares are not offered yet, and a scenario that has one has no preview
    "share_drop": None,
}


def test_every_button_of_the_form_changes_the_page(owner, source, document):
    assert set(PRESSES) == set(EDITS)
    first, *_, last = in_order(document)
    with_rule = save_rule(source, document, RuleWanted("everybody", "hide", (first,), "amount > 1", ""))
    for press, fields in filter(None, PRESSES.values()):
        do = press.format(first=first, last=last)
        filled = {name: value.format(first=first) for name, value in fields.items()}
        text = with_rule if do == "rule_drop:everybody" else source
        assert changes_the_page(owner, document, text, do=do, **filled), do


def test_previews_and_the_money_flow_leave_every_table_as_it_was(owner, platform, source, document):
    def counts():
        with platform.db.read() as connection:
            tables = metadata.tables.items()
            return {name: connection.scalar(select(func.count()).select_from(table)) for name, table in tables}

    first = in_order(document)[0]
    owner.get(MARKET)
    before = counts()
    for do in ("", f"down:{first}", "rule_drop:phones", "add"):
        for state in STATES:
            page(owner, source, {"axis.state": state}, do=do, type="alipay")
        owner.post(f"{MARKET}/money", source=source, do=do, type="alipay")
    owner.post(MARKET, source=source + "# unsaved", revision="1", do="rule_open:phones")

    assert counts() == before
