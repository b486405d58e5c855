"""Asks the control API of a running platform's simulators; loopback and a token only."""

from __future__ import annotations

from typing import Any

import httpx

from checkstand.kernel import CheckstandError, Kind


class SimulatorUnreachable(CheckstandError):
    code = "simulator.unreachable"
    kind = Kind.UNAVAILABLE
    message = "The running platform's simulators cannot be reached."
    remedy = "Start `checkstand demo`, or name the platform with --url and --token."


class SimulatorRefused(CheckstandError):
    code = "simulator.refused"
    message = "The simulator refused this."
    remedy = "Read the message; `checkstand sim faults --help` lists what there is."


class SimulatorControl:
    """`control.ask("GET", "wechat_pay", "state")`."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._headers = f"{url.rstrip('/')}/sim/_control", {"Authorization": f"Bearer {token}"}

    def ask(self, method: str, channel: str, what: str, **body: Any) -> Any:
        url = f"{self._url}/{channel}/{what}"
        try:
            answer = httpx.request(method, url, headers=self._headers, json=body or None, timeout=10, trust_env=False)
        except httpx.HTTPError as error:
            raise SimulatorUnreachable(f"{url}: {type(error).__name__}") from error
        said = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        if answer.status_code >= 400:
            raise SimulatorRefused(said.get("error") or f"{url} answered {answer.status_code}")
        return said
