"""Secrets at rest: AES-256-GCM under the installation's key, bound to the place they belong to.

`context` names that place (`webhook_endpoint:tenant:id`), so a ciphertext copied into another row,
or into another tenant's, does not open there.
"""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from checkstand.kernel import CheckstandError, Kind

VERSION: Final = b"\x01"  # the first byte of every ciphertext, so the algorithm can change without a flag day
NONCE_BYTES: Final = 12


class SecretUnreadable(CheckstandError):
    """The key is not the one that sealed this, or somebody changed or moved the ciphertext."""

    code = "secret.unreadable"
    kind = Kind.UNAVAILABLE
    message = "A stored secret cannot be opened with this installation's key."
    remedy = "Start with the secret.key (or CHECKSTAND_SECRET_KEY_BASE64) that was in use when the secret was stored."


class KeyFileWrong(CheckstandError):
    code = "secret.key_file_wrong"
    message = "The key file does not hold a key."
    remedy = "Restore secret.key from your backup. Without it stored credentials are lost and must be entered again."


def seal(key: bytes, plaintext: bytes, context: str) -> bytes:
    """Encrypt; the same plaintext gives other bytes every time."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Open what `seal` closed under the same key and context."""
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if sealed[:1] != VERSION or len(nonce) < NONCE_BYTES:
        raise SecretUnreadable(context=context)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, context.encode())
    except InvalidTag:
        raise SecretUnreadable(context=context) from None


def load_or_create_key(path: Path) -> bytes:
    """The 32 bytes in this file; made with mode 0600 when it is not there yet."""
    try:
        key = base64.b64decode(path.read_text().strip(), validate=True)
    except FileNotFoundError:
        return _create_key(path)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyFileWrong(f"{path} does not hold 32 bytes in base64")
    return key


def _create_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())  # what this key seals survives a power cut, so the key has to as well
    try:
        # A link appears whole or not at all: of two processes that start together one wins, both use its key.
        os.link(draft, path)
    except FileExistsError:
        return load_or_create_key(path)
    finally:
        draft.unlink()
    return key
