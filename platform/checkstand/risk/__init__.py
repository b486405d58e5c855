"""Risk (风控): verdicts with their reasons. Velocity limits live here; conditions live in a plan's rules."""

from checkstand.risk.store import count_since, record_attempt, risk_event, velocity_counts
from checkstand.risk.verdict import PRIORITY, RiskVerdict, counted_value, strongest, velocity_verdict

__all__ = [
    "PRIORITY",
    "RiskVerdict",
    "count_since",
    "counted_value",
    "record_attempt",
    "risk_event",
    "strongest",
    "velocity_counts",
    "velocity_verdict",
]
