"""And, or, not and if over formulas that may already be plain Python values; what is known is folded at once."""

from __future__ import annotations

from typing import Any

import z3


def both(*parts: Any) -> Any:
    """All hold."""
    open_ = [part for part in parts if part is not True]
    if any(part is False for part in open_):
        return False
    return True if not open_ else open_[0] if len(open_) == 1 else z3.And(*open_)


def either(*parts: Any) -> Any:
    """At least one holds."""
    open_ = [part for part in parts if part is not False]
    if any(part is True for part in open_):
        return True
    return False if not open_ else open_[0] if len(open_) == 1 else z3.Or(*open_)


def negated(part: Any) -> Any:
    """Does not hold."""
    return not part if isinstance(part, bool) else z3.Not(part)


def choose(condition: Any, yes: Any, no: Any) -> Any:
    """One value or the other."""
    if isinstance(condition, bool):
        return yes if condition else no
    if _is_truth(yes) and _is_truth(no):
        return either(both(condition, yes), both(negated(condition), no))
    context = condition.ctx
    return z3.If(condition, _number(context, yes), _number(context, no))


def equal(left: Any, right: Any) -> Any:
    """Two truth values, or two numbers, are the same."""
    if isinstance(left, bool) and isinstance(right, bool):
        return left == right
    if isinstance(left, bool):
        return right if left else negated(right)
    if isinstance(right, bool):
        return left if right else negated(left)
    return left == right


def quotient(dividend: Any, divisor: int) -> Any:
    """Whole quotient towards zero, as CEL and most languages have it; Z3's own rounds down."""
    if isinstance(dividend, int):
        sign = -1 if (dividend < 0) != (divisor < 0) else 1
        return sign * (abs(dividend) // abs(divisor))
    size = abs(divisor)
    towards_zero = z3.If(dividend >= 0, dividend / size, -(-dividend / size))
    return towards_zero if divisor > 0 else -towards_zero


def remainder(dividend: Any, divisor: int) -> Any:
    """What is left over; it has the sign of the dividend."""
    return dividend - divisor * quotient(dividend, divisor)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool | z3.BoolRef)


def _number(context: z3.Context, value: Any) -> Any:
    return z3.IntVal(value, context) if isinstance(value, int) else value
