"""The scenario studio's YAML editor, over the text area that the form sends."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect
from tests.browser.test_axe import RULES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "admin_ui" / "editor" / "src"
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
LABEL = re.compile("YAML")
POLICY_WATCH = """
globalThis.refused = [];
document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    refused.push(`${effectiveDirective} ${blockedURI}`);
});
"""
PASTE = """(editor, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


class Draft:
    """One draft of the demo's unit, open in the studio."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.area = page.get_by_test_id("source")

    @property
    def editor(self) -> Locator:
        return self.page.locator(".cm-content").and_(self.page.get_by_role("textbox", name=LABEL))

    @property
    def options(self) -> Locator:
        """The suggestions; the page has other lists of its own."""
        return self.page.locator(".cm-tooltip-autocomplete").get_by_role("option")

    @property
    def text(self) -> str:
        """What the form would send."""
        return self.area.input_value()

    def saved(self) -> str:
        return self.page.request.get(f"{self.url}/export").text()

    def append(self, text: str) -> None:
        """Paste at the end."""
        self.editor.focus()
        self.page.keyboard.press("Control+End")
        self.editor.evaluate(PASTE, text)

    def suggested(self) -> Locator:
        """What fits at the cursor, after Ctrl+Space; the page has other lists of its own."""
        self.page.keyboard.press("Control+Space")
        return self.options

    def press(self, key: str) -> None:
        """A key in the list of suggestions. It belongs to the text for as long as nobody can have read the list."""
        self.page.wait_for_timeout(200)
        self.page.keyboard.press(key)

    def cursor(self) -> str:
        """The line that the cursor is in."""
        return self.page.locator(".cm-activeLine").first.inner_text()


@pytest.fixture
def start(operator: Callable[..., Page]) -> Iterator[Callable[..., Draft]]:
    """Begins a draft: `start("donation", color_scheme="dark")`; it is discarded afterwards."""
    begun: list[Draft] = []

    def begin(template: str = "mall-order", **options: Any) -> Draft:
        page = operator(**options)
        page.add_init_script(POLICY_WATCH)
        studio = page.url.rpartition("/")[0] + "/studio"
        scenario_id = f"draft-{time.time_ns()}"
        page.goto(f"{studio}/_gallery")
        page.locator(f"#id-{template}").fill(scenario_id)
        page.get_by_test_id(f"use-{template}").click()
        expect(page.get_by_test_id("source")).to_contain_text(f"id: {scenario_id}")
        begun.append(Draft(page, f"{studio}/{scenario_id}"))
        return begun[-1]

    yield begin
    for draft in begun:
        page = draft.page.context.new_page()
        page.goto(draft.url)
        page.locator("details", has=page.get_by_test_id("discard")).locator("summary").click()
        page.get_by_test_id("discard").click()
        expect(page.get_by_test_id("flash")).to_be_visible()


def test_the_type_of_a_payment_method_is_completed(start: Callable[..., Draft]) -> None:
    draft = start("donation")
    draft.append("\nmethods:\n  - {id: third, type: wech")
    expect(draft.suggested()).to_have_text(["wechat_pay"])
    draft.press("Enter")

    assert draft.text.endswith("\n  - {id: third, type: wechat_pay")


def test_a_key_brings_its_values_and_offers_only_what_is_not_there_yet(start: Callable[..., Draft]) -> None:
    draft = start("donation")
    draft.append("\nrisk: {lists: [], ")
    expect(draft.suggested()).to_have_text(["mode", "velocity"])
    expect(draft.page.locator(".cm-explained")).to_contain_text("verdicts are recorded and change nothing")
    draft.press("Enter")
    expect(draft.options).to_have_text(["enforce", "off", "shadow"])
    draft.press("ArrowDown")
    expect(draft.page.locator(".cm-explained")).to_have_text("off: no verdicts.")
    draft.press("Enter")

    assert draft.text.endswith("\nrisk: {lists: [], mode: off")


def test_a_key_with_a_list_is_written_with_its_first_item(start: Callable[..., Draft]) -> None:
    draft = start("donation")
    draft.append("\nrisk:\n  veloc")
    expect(draft.suggested()).to_have_text(["velocity"])
    draft.press("Enter")

    assert draft.text.endswith("\nrisk:\n  velocity:\n    - ")


def test_a_key_under_the_pointer_is_explained(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.editor.get_by_text("terminals", exact=True).first.hover()

    expect(draft.page.locator(".cm-tooltip-hover")).to_contain_text("Where the checkout may be shown.")


def test_a_wrong_key_is_marked_where_it_stands(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.append("\nlimits: 12")

    expect(draft.page.locator(".cm-lintRange-error")).to_have_text("limits")
    shown = draft.page.get_by_test_id("problems").get_by_role("listitem")
    expect(shown.get_by_role("button")).to_have_text(f"Line {draft.text.count(chr(10)) + 1}, column 1")
    draft.page.locator(".cm-lint-marker-error").hover()
    for part in shown.locator("[data-part]").all_inner_texts():
        expect(draft.page.locator(".cm-tooltip-lint")).to_contain_text(part)
    expect(draft.page.locator(".cm-tooltip-lint")).to_contain_text("limits")


def test_a_message_leads_to_its_place(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.append("\ncolour: red")
    expect(draft.page.locator(".cm-lintRange-error")).to_be_visible()
    draft.page.keyboard.press("Control+Home")
    draft.page.get_by_test_id("problems").get_by_role("button").first.click()

    expect(draft.editor).to_be_focused()
    assert draft.page.evaluate("getSelection().toString()") == "colour"


def test_a_corrected_text_has_no_marks(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.append("\ncolour: red")
    expect(draft.page.locator(".cm-lintRange-error")).to_be_visible()
    draft.page.keyboard.press("Control+z")

    expect(draft.page.get_by_test_id("valid")).to_be_visible()
    expect(draft.page.locator(".cm-lintRange-error")).to_have_count(0)


def test_save_keeps_exactly_the_text(start: Callable[..., Draft]) -> None:
    draft = start()
    ending = "\n\n#  two  spaces,\ta tab, trailing   \n# <b>&amp;</b> 'q' \"q\" 商城 🏮 \u202e \\n\n\n"
    wanted = draft.text + ending
    draft.append(ending)
    assert draft.text == wanted
    draft.page.get_by_test_id("save").click()
    expect(draft.page.get_by_test_id("flash")).to_be_visible()

    assert draft.saved() == wanted
    assert draft.text == wanted


def test_a_save_keeps_the_cursor_and_what_is_in_sight(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.append("\n# far down" * 200)
    draft.page.keyboard.press("ArrowUp")
    draft.page.keyboard.insert_text(" here")
    expect(draft.page.locator(".cm-activeLine")).to_be_visible()
    draft.page.get_by_test_id("save").click()
    expect(draft.page.get_by_test_id("flash")).to_be_visible()

    expect(draft.page.locator(".cm-activeLine")).to_have_text("# far down here")
    assert draft.page.locator(".cm-scroller").evaluate("each => each.scrollTop") > 1000


def test_opening_the_page_does_not_scroll_it(start: Callable[..., Draft]) -> None:
    draft = start(viewport={"width": 390, "height": 400})  # the text begins below what is seen
    draft.page.goto(draft.url)
    expect(draft.editor).to_be_visible()
    draft.page.wait_for_timeout(200)  # what the editor does after its first measure

    assert draft.page.evaluate("scrollY") == 0


def test_a_field_of_the_form_writes_into_the_text_and_keeps_its_comments(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.append("\n# mine\n")
    draft.page.locator("input[name=primary]").fill("#7a1fa2")
    draft.page.get_by_test_id("save").click()
    expect(draft.page.get_by_test_id("flash")).to_be_visible()

    assert 'color_primary: "#7a1fa2"' in draft.text.replace("'", '"')
    assert draft.text.endswith("\n# mine\n")
    draft.append("x")
    assert draft.text.endswith("\n# mine\nx")  # the editor shows what the form will send


def test_what_a_script_writes_into_the_area_is_shown_and_moves_no_cursor(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.editor.get_by_text("terminals", exact=True).first.click()
    draft.area.evaluate("""area => {
        area.value = "# on top\\n" + area.value;
        area.dispatchEvent(new Event("input", { bubbles: true }));
    }""")

    expect(draft.editor.get_by_text("# on top")).to_be_visible()
    assert draft.cursor().startswith("terminals:")


def test_an_area_that_htmx_replaces_gets_an_editor_with_its_text(start: Callable[..., Draft]) -> None:
    draft = start()
    expect(draft.editor).to_be_visible()
    draft.page.evaluate("""() => {
        document.querySelector(".cm-editor").remove();
        const area = document.getElementById("source"), fresh = area.cloneNode();
        fresh.hidden = false;
        fresh.value = "kind: Base\\n";
        area.replaceWith(fresh);
        document.body.dispatchEvent(new Event("htmx:afterSettle", { bubbles: true }));
    }""")

    expect(draft.editor).to_have_text("kind: Base")
    expect(draft.area).to_be_hidden()
    draft.append("mode: ")
    assert draft.text == "kind: Base\nmode: "


def test_tab_leaves_the_text(start: Callable[..., Draft]) -> None:
    draft = start()
    before = draft.text
    draft.page.locator("label", has_text=LABEL).click()
    expect(draft.editor).to_be_focused()
    draft.page.keyboard.press("Tab")

    expect(draft.page.get_by_test_id("save")).to_be_focused()
    draft.page.keyboard.press("Shift+Tab")
    expect(draft.editor).to_be_focused()
    assert draft.text == before


def test_the_text_is_searched(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.editor.focus()
    draft.page.keyboard.press("Control+f")
    draft.page.get_by_role("textbox", name="Find").press_sequentially("invoice_title")
    draft.page.keyboard.press("Enter")

    expect(draft.page.locator(".cm-searchMatch-selected")).to_have_text("invoice_title")
    draft.page.keyboard.press("Escape")
    expect(draft.editor).to_be_focused()


@pytest.mark.parametrize("look", [("en", 1280, "light"), ("zh-CN", 390, "dark")], ids=str)
def test_the_editor_is_accessible_also_with_its_panels_open(
    start: Callable[..., Draft], look: tuple[str, int, str]
) -> None:
    locale, width, scheme = look
    draft = start(locale=locale, viewport={"width": width, "height": 844}, color_scheme=scheme)
    draft.editor.focus()
    draft.page.keyboard.press("Control+f")
    draft.append("\ncolour: red\nform: {")
    expect(draft.page.locator(".cm-lintRange-error").first).to_be_visible()
    expect(draft.suggested()).not_to_have_count(0)
    expect(draft.page.locator(".cm-explained")).to_be_visible()

    violations = Axe().run(draft.page, options=RULES).response["violations"]

    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in violations] == []
    assert draft.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_paste_of_five_megabytes_is_answered_with_the_limit(start: Callable[..., Draft]) -> None:
    draft = start()
    began = time.monotonic()
    draft.append("\n# a line of a paste that is far too long" * 125_000)
    draft.editor.press_sequentially("!")
    assert time.monotonic() - began < 10  # s, the loaded machine included; a frozen page would take minutes

    assert len(draft.text) > 5_000_000
    expect(draft.page.get_by_test_id("problems")).to_contain_text("262,144 bytes")
    for _ in range(2):  # the letter, the paste
        draft.page.keyboard.press("Control+z")
    expect(draft.page.get_by_test_id("valid")).to_be_visible()


def test_no_policy_stands_in_the_editors_way(start: Callable[..., Draft]) -> None:
    draft = start()
    draft.page.route(f"{draft.url}*", _without_inline_styles)  # stricter than the console, whose preview needs them
    draft.page.goto(draft.url)
    draft.append("\ncolour: red\nform: {")
    expect(draft.suggested()).not_to_have_count(0)
    expect(draft.page.locator(".cm-explained")).to_be_visible()
    expect(draft.page.locator(".cm-lintRange-error").first).to_be_visible()
    draft.page.keyboard.press("Control+f")
    expect(draft.page.get_by_role("textbox", name="Find")).to_be_visible()

    assert draft.page.evaluate("refused") == []
    assert draft.page.locator(".cm-gutters").evaluate("each => getComputedStyle(each).position") == "sticky"


def _without_inline_styles(route: Route) -> None:
    answer = route.fetch()
    policy = answer.headers["content-security-policy"].replace(" 'unsafe-inline'", "")
    route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": policy})


def test_without_scripts_the_text_area_is_the_editor(start: Callable[..., Draft]) -> None:
    draft = start(java_script_enabled=False)
    expect(draft.page.get_by_label(LABEL)).to_be_visible()
    expect(draft.page.locator(".cm-editor")).to_have_count(0)
    expect(draft.page.get_by_text("Ctrl+Space")).to_be_hidden()
    wanted = draft.text + "# by hand\n"
    draft.area.fill(wanted)
    draft.page.get_by_test_id("save").click()
    expect(draft.page.get_by_test_id("flash")).to_be_visible()

    assert draft.saved() == wanted


@pytest.fixture
def places(page: Page) -> Page:
    """A page that knows the editor's reader of YAML, and nothing else."""
    source = (SOURCES / "place.js").read_text(encoding="utf-8")
    page.set_content("<!doctype html>")
    page.add_script_tag(content=source + "\nObject.assign(globalThis, { keys, place });", type="module")
    page.wait_for_function("Boolean(globalThis.place)")
    return page


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_editor_finds_every_key_where_yaml_has_it(places: Page, path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    found = places.evaluate("text => keys(text).map(({ path, key }) => [path, key])", text)

    assert found == list(_keys(yaml.compose(text), []))


def _keys(node: yaml.Node | None, path: list[str | int]) -> Iterator[list[Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield [path, key.value]
            yield from _keys(value, [*path, key.value])
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(node.value):
            yield from _keys(value, [*path, at])


HALF_WRITTEN = [
    ("", []),
    ("ki", []),
    ("kind: ", ["kind"]),
    ("kind: Sc", ["kind"]),
    ("kind:", None),
    ("form:\n  ty", ["form"]),
    ("form:\n  type: popup\n  ", ["form"]),
    ("form:\n  type: popup\n", []),
    ("form: {ty", ["form"]),
    ("form: {type: po", ["form", "type"]),
    ("form: {type: popup, per_terminal: {h5: ", ["form", "per_terminal", "h5"]),
    ("form: {type: popup} ", None),
    ("methods:\n- id: a\n  ty", ["methods", 0]),
    ("methods:\n  - id: a\n  - ", ["methods", 1]),
    ("methods:\n  - {id: a, type: card}\n  - {id: b,\n     type: ", ["methods", 1, "type"]),
    ("terminals: [pc, ", ["terminals", 1]),
    ("# ki", None),
    ("kind: Scenario # ki", None),
    ('owner: "ki', None),
    ("owner: don't, {\nki", []),
    ("copy:\n  en:\n    terms: |\n      kind: ", None),
    ("copy:\n  en:\n    terms: |\n      kind: x\n  zh", ["copy"]),
    ('when: "a\n  kind: b"\nki', []),
    ("when: 'it''s: {'\nki", []),
]


@pytest.mark.parametrize(("text", "path"), HALF_WRITTEN, ids=lambda value: json.dumps(value))
def test_the_editor_knows_its_place_in_a_half_written_text(places: Page, text: str, path: list[Any] | None) -> None:
    assert places.evaluate("text => place(text)?.path ?? null", text) == path
