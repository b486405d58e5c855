"""A person without a mouse: Tab, Shift+Tab, Enter, Space, arrows, and letters into fields.

Whatever the focus passes on its way is looked at, not only where it is going: it has to be on the screen, on top of
what may stick there, and to look different from when the focus has left it.
"""

from __future__ import annotations

from playwright.sync_api import JSHandle, Page

MOST_TABS = 120
PATIENCE = 25

# Tells what a person would complain about. The point that is asked for lies in the visible part of the element.
LOOK = """element => {
  const box = [...element.getClientRects()].find(each => each.width > 0 && each.height > 0);
  if (!box) return "has no size";
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  if (right - left < 1 || bottom - top < 1) return "is off the screen";
  const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const seen = found && (element.contains(found) || found.contains(element));
  if (!seen) return `is covered by ${found?.outerHTML.slice(0, 80)}`;
  if (getComputedStyle(element).visibility !== "visible") return "is invisible";
  return "";
}"""
# A field of several parts may draw its ring around all of them.
RING = """element => {
  const shown = [];
  for (let each = element, depth = 0; each && depth < 4; each = each.parentElement, depth++) {
    const style = getComputedStyle(each);
    const drawn = style.outlineStyle !== "none" && style.outlineColor !== "rgba(0, 0, 0, 0)";
    shown.push(drawn ? `${style.outlineWidth} ${style.outlineColor}` : "", style.boxShadow);
  }
  return shown.join("|");
}"""
NAME = "element => element.outerHTML.replace(/>[^]*/, '>').slice(0, 160)"


class Keyboard:
    """One page, used with keys only."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, target: str, *, most: int = MOST_TABS) -> None:
        """Press Tab until the focus is on what has this `data-testid` (or this attribute: `name=email`)."""
        selector = f"[{target}]" if "=" in target else f'[data-testid="{target}"]'
        for _ in range(most):
            self.step()
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                self._back_and_forth()
                return
        raise AssertionError(f"{most} times Tab do not reach {target}; the focus is on {self.focused()}")

    def step(self, key: str = "Tab") -> None:
        """Press Tab once; what is left must have had a ring, what is reached must be seen."""
        page = self.page
        left = page.evaluate_handle("document.activeElement")
        in_frame = page.evaluate("document.activeElement.tagName === 'IFRAME'")
        ring, name = left.evaluate(RING), self.focused()
        page.keyboard.press(key)
        at_rest = page.evaluate("document.activeElement === document.body")
        moved = not left.evaluate("element => element === document.activeElement")
        if moved and name and not in_frame and not self._looks_other(left, ring):
            # A text editor gets and loses its ring a moment later: it may have been left before it had one.
            reached = page.evaluate_handle("document.activeElement")
            left.evaluate("element => element.focus()")
            assert self._looks_other(left, ring), f"looks the same with and without the focus: {name}"
            reached.evaluate("element => element.focus()")
        if not at_rest and not page.evaluate("document.activeElement.tagName === 'IFRAME'"):
            wrong = page.evaluate(f"({LOOK})(document.activeElement)")
            assert not wrong, f"{self.focused()} has the focus and {wrong}"

    def _looks_other(self, element: JSHandle, ring: str) -> bool:
        """Whether it comes to look different within half a second."""
        for _ in range(PATIENCE):
            if element.evaluate(RING) != ring:
                return True
            self.page.wait_for_timeout(20)
        return False

    def focused(self) -> str:
        """The opening tag of what has the focus; empty where nothing has."""
        return str(
            self.page.evaluate(f"document.activeElement === document.body ? '' : ({NAME})(document.activeElement)")
        )

    def press(self, key: str = "Enter") -> None:
        """Enter, Space or an arrow on what has the focus."""
        self.page.keyboard.press(key)

    def follow(self, key: str = "Enter") -> None:
        """The same where it leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Replace what stands in the focused field."""
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def _back_and_forth(self) -> None:
        """One step on and one back: the focus returns, and the ring of the target has been compared."""
        here = self.page.evaluate_handle("document.activeElement")
        self.step()
        self.step("Shift+Tab")
        for _ in range(3):  # a frame or a text editor in between takes keys of its own
            if here.evaluate("element => element === document.activeElement"):
                return
            self.step("Shift+Tab")
        raise AssertionError(f"Shift+Tab does not go back; the focus is on {self.focused()}")
