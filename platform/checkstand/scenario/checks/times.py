"""Durations within bounds that make sense, and in the right relation to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from checkstand.kernel import duration_s
from checkstand.scenario.defaults import DEFAULT_TIMEOUTS
from checkstand.scenario.finding import Document, Facts, Finding, section

# The shortest and the longest that is allowed. A channel refuses orders that expire in under a minute.
_BOUNDS: Final = {
    "session": ("PT1M", "P30D"),
    "pay": ("PT1M", "P1D"),
    "waiting_poll": ("PT1S", "PT1M"),
    "poll_backoff_after": ("PT5S", "PT1H"),
    "poll_slow": ("PT1S", "PT5M"),
}
_FLOW: Final = ("ship_within", "confirm_receipt_within", "capture_within")


def durations(document: Document, _facts: Facts) -> Iterator[Finding]:
    """Each timeout is in bounds; paying does not outlast the session; slow is not faster than fast."""
    written = section(document, "timeouts")
    in_force = {name: duration_s(written.get(name, standard)) for name, standard in DEFAULT_TIMEOUTS.items()}
    out_of_bounds = False
    for name, (shortest, longest) in _BOUNDS.items():
        if not duration_s(shortest) <= in_force[name] <= duration_s(longest):
            out_of_bounds = True
            message = f"must be from {shortest} to {longest}, not {written[name]}"
            yield Finding(("timeouts", name), "time.bounds", message)
    if not out_of_bounds:
        yield from _relations(written, in_force)
    flow = section(document, "flow")
    for name in _FLOW:
        if name in flow and not duration_s("PT1M") <= duration_s(flow[name]) <= duration_s("P90D"):
            yield Finding(("flow", name), "time.bounds", f"must be from PT1M to P90D, not {flow[name]}")
    for index, limit in enumerate(section(document, "risk").get("velocity", ())):
        if not 1 <= duration_s(limit["window"]) <= duration_s("P90D"):
            message = f"must be from PT1S to P90D, not {limit['window']}"
            yield Finding(("risk", "velocity", index, "window"), "time.bounds", message)


def _relations(written: Mapping[str, str], in_force: Mapping[str, int]) -> Iterator[Finding]:
    if in_force["pay"] > in_force["session"]:
        path = ("timeouts", "pay" if "pay" in written else "session")
        message = "a payment cannot stay open longer than its session"
        yield Finding(path, "time.pay_outlasts_session", message, f"The default of pay is {DEFAULT_TIMEOUTS['pay']}.")
    if in_force["poll_slow"] < in_force["waiting_poll"]:
        path = ("timeouts", "poll_slow" if "poll_slow" in written else "waiting_poll")
        yield Finding(path, "time.poll_slow", "poll_slow must not be shorter than waiting_poll")
