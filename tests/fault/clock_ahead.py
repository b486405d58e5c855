"""`checkstand …` on a machine whose clock is ahead, so that timers of hours run out in a test of minutes.

    CLOCK_AHEAD_S=3600 python -m tests.fault.clock_ahead serve

Nothing else differs from the installed command: production reads the time from `SystemClock` alone.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from checkstand.cli import main
from checkstand.kernel import SystemClock

AHEAD = timedelta(seconds=float(os.environ.get("CLOCK_AHEAD_S", "0")))


def now(_: SystemClock) -> datetime:
    return datetime.now(UTC) + AHEAD


if __name__ == "__main__":
    SystemClock.now = now  # type: ignore[method-assign]  # the one place where this process learns the time
    main()
