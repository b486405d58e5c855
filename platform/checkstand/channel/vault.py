"""Credentials at rest: AES-256-GCM, bound to the row they belong to."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkstand.kernel import CheckstandError, Kind

NONCE_BYTES = 12


class VaultLocked(CheckstandError):
    code = "channel.vault_locked"
    kind = Kind.UNAVAILABLE
    message = "The stored credentials cannot be opened with this key."
    remedy = "Start with the credential key that was in use when they were stored."


class Vault:
    """Seals and opens one account's credentials under a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise VaultLocked("the credential key must have exactly 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, values: Mapping[str, str], *, tenant_id: str, account_id: str, version: int) -> str:
        nonce = secrets.token_bytes(NONCE_BYTES)
        plain = json.dumps(dict(values), ensure_ascii=False, sort_keys=True).encode()
        return base64.b64encode(
            nonce + self._cipher.encrypt(nonce, plain, _place(tenant_id, account_id, version))
        ).decode()

    def open(self, sealed: str, *, tenant_id: str, account_id: str, version: int) -> dict[str, str]:
        """The credentials; a ciphertext copied from another row, tenant or version does not open."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            plain = self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _place(tenant_id, account_id, version))
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise VaultLocked(channel_account_id=account_id, version=version) from error
        values: dict[str, str] = json.loads(plain)
        return values


def _place(tenant_id: str, account_id: str, version: int) -> bytes:
    return f"{tenant_id}\n{account_id}\n{version}".encode()
