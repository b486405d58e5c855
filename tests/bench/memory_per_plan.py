"""How much memory a loaded scenario takes, in a process that does nothing else."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import select
from tests.fault.machine import ROOT

from checkstand.app.bootstrap import build_platform
from checkstand.infra.settings import Settings
from checkstand.scenario.tables import scenario_pointer

WARM: Final = 100  # the first plans bring in what all of them share


def kilobytes_per_plan(database_url: str, plans: int) -> float:
    """Load that many published plans elsewhere and tell what each has added."""
    command = [sys.executable, "-m", "tests.bench.memory_per_plan", database_url, str(plans)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return float(done.stdout)


def main() -> None:
    database_url, plans = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(var_dir=Path(folder), database_url=database_url, plans_kept=plans + WARM)
        platform = build_platform(settings)
        t = scenario_pointer
        with platform.db.read() as connection:
            query = select(t.c.tenant_id, t.c.content_hash).order_by(t.c.tenant_id, t.c.scenario_id)
            rows = connection.execute(query.limit(plans + WARM)).all()
        assert len(rows) == plans + WARM
        for row in rows[:WARM]:
            platform.plans.get(*row)
        before = _resident_kb()
        for row in rows[WARM:]:
            platform.plans.get(*row)
        sys.stdout.write(f"{(_resident_kb() - before) / plans:.1f}\n")
        platform.db.close()


def _resident_kb() -> int:
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in status if line.startswith("VmRSS:")).split()[1])


if __name__ == "__main__":
    main()
