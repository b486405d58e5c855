"""The link's signatures: RSA with SHA-256 over what was sent, and over what it was an answer to (own choice)."""

from __future__ import annotations

from hashlib import sha256

from checkstand.channel import rsa


def request_text(method: str, target: str, customer: str, timestamp: str, body: bytes) -> str:
    """What a request's signature covers; `target` is path and query as the bank receives them."""
    return "\n".join((method, target, customer, timestamp, sha256(body).hexdigest()))


def answer_text(request_signature: str, status: int, body: bytes) -> str:
    """What an answer's signature covers. It names the request, so an old answer fits no new question."""
    return "\n".join((request_signature, str(status), sha256(body).hexdigest()))


def sign(private_key_pem: str, text: str) -> str:
    return rsa.sign(private_key_pem, text.encode())


def verify(public_key_pem: str, text: str, signature: str) -> bool:
    return rsa.verify(public_key_pem, text.encode(), signature)
