"""One person at a browser without scripts."""

from __future__ import annotations

import re
from typing import Any

from litestar.testing import TestClient

PASSWORD = "a lantern in the rain"


class Person:
    """Follows links and sends forms; remembers the csrf token of the last page."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client
        self.csrf = ""

    def sign_in(self, email: str, password: str = PASSWORD, code: str = "") -> Any:
        return self.post("/admin/sign-in", email=email, password=password, code=code)

    def get(self, path: str, **more: Any) -> Any:
        answer = self.client.get(path, follow_redirects=False, **more)
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    def post(self, path: str, /, **fields: Any) -> Any:
        """Send a form with the token of the person's own pages."""
        if not self.csrf and not path.startswith(("/admin/sign-", "/admin/locale")):
            self.get("/admin/")
        answer = self.client.post(path, data={"csrf": self.csrf, **fields}, follow_redirects=False)
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer
