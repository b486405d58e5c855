"""Results as CSV: plain numbers for other tools, and names that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
from math import isfinite
from typing import Final

from checkstand.app.experiments.results import Results
from checkstand_admin._shared.sheets import safe

COLUMNS: Final = (
    "scenario", "experiment", "role", "metric", "variation", "units", "control", "value", "difference", "low", "high",
    "p", "status",
)  # fmt: skip


def as_csv(results: Results) -> bytes:
    """UTF-8 with the mark that spreadsheets need to recognise it; one row per arm, then one per comparison."""
    report, running = results.report, results.running
    names = [safe(running.plan.scenario_id), safe(running.experiment.id)]
    units = {arm.variation: str(arm.units) for arm in report.arms}
    nothing = [""] * 5
    srm, multiple = _found(report.srm_found), _found(report.multiple_found)
    rows = [list(COLUMNS)]
    for arm in report.arms:
        rows.append([*names, "arm", "units", safe(arm.variation), units[arm.variation], *nothing, "", ""])
    rows.append([*names, "check", "srm", "", str(report.units), *nothing, _number(report.srm), srm])
    rows.append([*names, "check", "multiple", "", str(report.multiple), *nothing, "", multiple])
    for each in report.comparisons:
        difference = each.difference
        numbers = (each.control, each.value, difference.estimate, difference.low, difference.high, each.p)
        who = [each.role, each.metric, safe(each.variation), units[each.variation]]
        rows.append([*names, *who, *map(_number, numbers), each.status])
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _number(value: float) -> str:
    """A number as a number, also a negative one; nothing where there is none."""
    return repr(float(value)) if isfinite(value) else ""


def _found(found: bool) -> str:
    return "found" if found else "fine"
