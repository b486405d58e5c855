"""Finds a Chromium for the browser tests: one that is there, else one that can be installed.

    python tests/find_browser.py [--install]      prints the path

In this order: $CHECKSTAND_CHROMIUM, the browser Playwright brought, a Chromium or Chrome on the PATH;
with --install also `playwright install chromium`, and as root on Debian the package with the fonts
that Chinese and Arabic pages need.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ON_PATH = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DEBIAN = ("chromium", "fonts-noto-cjk", "fonts-noto-core")

# A browser that is being tested updates nothing, reports nothing and asks nobody.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--disable-dev-shm-usage",  # containers give /dev/shm 64 MB
]


def find() -> Path | None:
    """A browser that is installed already."""
    named = os.environ.get("CHECKSTAND_CHROMIUM")
    if named:
        path = Path(named)
        if not path.is_file():
            raise SystemExit(f"CHECKSTAND_CHROMIUM is {named}, and no file is there")
        return path
    return _of_playwright() or next((Path(found) for name in ON_PATH if (found := shutil.which(name))), None)


def install() -> Path | None:
    """Get one, by whichever way works here."""
    tried = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False
    )
    if tried.returncode == 0 and (found := _of_playwright()):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=sys.stderr)
        subprocess.run(["apt-get", "install", "-y", "-qq", *DEBIAN], check=True, stdout=sys.stderr, env=environment)
    return find()


def launch_arguments() -> list[str]:
    """Chromium refuses its sandbox to root."""
    return [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS


def _of_playwright() -> Path | None:
    # The layout of Playwright's cache; asking Playwright itself would start its driver each time.
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    wanted = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return next((path for pattern in wanted for path in sorted(cache.glob(pattern), reverse=True)), None)


def main() -> None:
    found = find() or (install() if "--install" in sys.argv[1:] else None)
    if found is None:
        raise SystemExit(
            "No Chromium was found. Install Chromium or Chrome, or set CHECKSTAND_CHROMIUM to its path; "
            "as root on Debian or Ubuntu `make setup` installs it."
        )
    print(found)


if __name__ == "__main__":
    main()
