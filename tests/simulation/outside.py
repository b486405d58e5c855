"""Who stands outside the platform: the merchant's server, and what a client sees that gets no answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.scheduler import Scheduler

from checkstand.infra.webhooks import AddressPolicy, Answer


class ConnectionLost(Exception):
    """The platform died before it answered: the caller cannot know what was done."""


class Unavailable(Exception):
    """503: try again."""


@dataclass
class Merchant:
    """Lantern Books' server: checks every signature and remembers what it was told."""

    scheduler: Scheduler
    rng: random.Random
    secret: str = ""
    fault: float = 0.0
    told: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    forged: list[str] = field(default_factory=list)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], policy: AddressPolicy) -> Answer:
        self.scheduler.give_way()
        trouble = self.rng.random() < self.fault
        if trouble and self.rng.random() < 0.5:
            return Answer(None, None, "timeout", 1)
        message_id = headers["webhook-id"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message_id}.{headers['webhook-timestamp']}.".encode() + body
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if expected not in headers["webhook-signature"].split():
            self.forged.append(message_id)
        self.told[message_id].add(body)
        self.scheduler.give_way()
        return Answer(500 if trouble else 200, "", None, 1)

    def check(self, url: str, policy: AddressPolicy) -> None:
        """Every address is fine here; the real check has tests of its own."""

    def close(self) -> None:
        """Nothing to let go of."""
