"""What can be wrong with a condition, with the place of the wrong token."""

from __future__ import annotations

from checkstand.kernel import CheckstandError


class RuleError(CheckstandError):
    """The condition cannot be used. `line` and `column` count from 1 inside the condition's own text."""

    code = "rule.invalid"
    message = "This condition cannot be used."
    remedy = "Correct the condition; docs/reference/scenario.md lists the names it may use."

    def __init__(
        self, detail: str, *, source: str, offset: int = 0, place: str = "", code: str = "rule.invalid"
    ) -> None:
        self.source = source
        self.offset = max(0, min(offset, len(source)))
        self.place = place
        self.rule_code = code
        before = source[: self.offset]
        self.line = before.count("\n") + 1
        self.column = self.offset - (before.rfind("\n") + 1) + 1
        super().__init__(detail, line=self.line, column=self.column)

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}:{self.column}" if self.place else f"{self.line}:{self.column}"
        return f"{where}: {self.detail}\n{self.caret()}"

    def caret(self) -> str:
        """The line of the condition and below it a caret under the wrong token."""
        text = self.source.split("\n")[self.line - 1] if self.source else ""
        return f"  {text}\n  {' ' * (self.column - 1)}^"
