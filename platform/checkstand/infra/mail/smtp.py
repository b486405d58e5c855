"""Hands one mail to a mail server, encrypted wherever the server can."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

from checkstand.infra.mail.store import Letter
from checkstand.kernel import CheckstandError, Kind

TIMEOUT_S: Final = 6.0  # for each of up to seven steps, so that all of them end before the job's lease does
NEAR: Final = ("localhost", "127.0.0.1", "::1")


class MailPostponed(CheckstandError):
    """Nobody knows whether the mail arrived; a repeat carries the same Message-ID, so it is shown once."""

    code = "mail.postponed"
    kind = Kind.UNAVAILABLE
    message = "The mail server did not take the mail."
    remedy = "It is sent again by itself; check CHECKSTAND_SMTP_URL when that goes on."
    retryable = True


class MailRefused(CheckstandError):
    code = "mail.refused"
    kind = Kind.CONFLICT
    message = "The mail server refuses this mail for good."
    remedy = "Check the address and what the server says about it."


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes; `tls` from the first byte, else by STARTTLS when offered."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def parse_server(url: str) -> SmtpServer:
    """`smtps://user:password@mail.example.com:465`, or `smtp://` for STARTTLS. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("smtps://user:password@mail.example.com or smtp://mail.example.com:587")
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587)
    return SmtpServer(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


def send(server: SmtpServer, letter: Letter, *, sender: str, recipient: str, mail_id: str, at: datetime) -> None:
    """Send once. Raises `MailRefused` when repeating is of no use, `MailPostponed` for everything else."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = sender, recipient
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    try:
        with _connected(server) as connection:
            connection.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        raise _verdict(code, said) from None
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
        raise _verdict(refused.smtp_code, refused.smtp_error) from None
    except (OSError, smtplib.SMTPException) as broken:  # also a wrong password: the operator can mend that
        raise MailPostponed(f"{type(broken).__name__}: {broken}"[:500]) from None


def _connected(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        connection.ehlo_or_helo_if_needed()
        if not server.tls and connection.has_extn("starttls"):
            connection.starttls(context=context)
        elif not server.tls and server.user and server.host not in NEAR:
            raise smtplib.SMTPNotSupportedError("no STARTTLS: a password would travel in the clear")
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _verdict(code: int, said: bytes | str) -> CheckstandError:
    text = f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"[:500]
    return MailRefused(text) if 500 <= code < 600 else MailPostponed(text)
