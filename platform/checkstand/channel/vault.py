"""Credentials at rest: sealed under the installation's key, bound to the row they belong to."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from checkstand.infra.secrets import seal, unseal


class Vault:
    """Seals and opens one account's credentials; `SecretUnreadable` when the key or the place is another."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, values: Mapping[str, str], *, tenant_id: str, account_id: str, version: int) -> str:
        plain = json.dumps(dict(values), ensure_ascii=False, sort_keys=True).encode()
        return base64.b64encode(seal(self._key, plain, _place(tenant_id, account_id, version))).decode()

    def open(self, sealed: str, *, tenant_id: str, account_id: str, version: int) -> dict[str, str]:
        """The credentials; a ciphertext copied from another row, tenant or version does not open."""
        plain = unseal(self._key, base64.b64decode(sealed), _place(tenant_id, account_id, version))
        values: dict[str, str] = json.loads(plain)
        return values


def _place(tenant_id: str, account_id: str, version: int) -> str:
    return f"channel_credential:{tenant_id}:{account_id}:{version}"
