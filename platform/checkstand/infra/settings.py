"""Every setting of one installation, read once from `CHECKSTAND_*` and handed down; nobody else reads the environment.

A field says its help, its variable and how to read it in one place, so `docs/reference/settings.md` is generated
from here and a wrong value can say which variable is wrong and what to write instead.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from checkstand.infra.secrets import load_or_create_key
from checkstand.kernel import CheckstandError

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
SWITCHES: Final = dict.fromkeys(("1", "true", "on", "yes"), True) | dict.fromkeys(("0", "false", "off", "no"), False)


class SettingWrong(CheckstandError):
    code = "setting.wrong"
    message = "A setting has a value that cannot be used."
    remedy = "Correct the variable that the message names, or unset it to get the default."


def _text(value: str) -> str:
    if not value:
        raise ValueError("some text")
    return value


def _switch(value: str) -> bool:
    try:
        return {
            "1": True,
            "true": True,
            "on": True,
            "yes": True,
            "0": False,
            "false": False,
            "off": False,
            "no": False,
        }[value.lower()]
    except KeyError:
        raise ValueError("1 or 0 (also true, false, on, off)") from None


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise ValueError("a port from 1 to 65535, for example 8000")
    return int(value)


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 256:
        raise ValueError("a whole number from 1 to 256")
    return int(value)


def _plenty(value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 1_000_000:
        raise ValueError("a whole number from 1 to 1000000")
    return int(value)


def _amount(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise ValueError("a whole number of minor units, for example 100000000")
    return int(value)


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(" or ".join(choices))
        return value.lower()

    return read


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address like https://pay.example.com")
    return value.rstrip("/")


def _issuer(value: str) -> str:
    """Kept letter for letter: the provider puts the same text into every token, a slash at the end included."""
    parts = urlsplit(value)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("the https address that the provider calls its issuer, like https://login.example.com")
    return value


def _domains(value: str) -> tuple[str, ...]:
    found = tuple(each.strip().lower().removeprefix("@") for each in value.split(","))
    if not all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", each) for each in found):
        raise ValueError("domains with commas between them, like example.com, example.org")
    return found


def _smtp(value: str) -> str:
    from checkstand.infra.mail.smtp import parse_server

    parse_server(value)
    return value


def _sender(value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]) or not value.isprintable():
        raise ValueError("an address like Checkstand <checkout@example.com>")
    return value


def _database_url(value: str) -> str:
    try:
        if make_url(value).get_backend_name() in ("sqlite", "postgresql", "postgres"):
            return value
    except ArgumentError:
        pass
    raise ValueError("sqlite:///var/checkstand.db or postgresql://user:password@host/database")


def _key(value: str) -> str:
    try:
        good = len(base64.b64decode(value, validate=True)) == 32
    except ValueError:
        good = False
    if not good:
        raise ValueError("32 random bytes in base64, for example the output of `openssl rand -base64 32`")
    return value


def _about(read: Callable[[str], Any], help: str, *also: str) -> dict[str, Any]:
    """What a field knows about itself; `also` are further variables, looked at when the own one is unset."""
    return {"read": read, "help": help, "also": also}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What this process is told from outside; `Settings.from_env()` reads it, tests construct it."""

    # fmt: off
    database_url: str = field(default="", repr=False, metadata=_about(_database_url,
        "Where payments and the ledger live: a SQLite file or PostgreSQL. Default: checkstand.db in var_dir."))
    var_dir: Path = field(default=Path("var"), metadata=_about(Path,
        "The folder for the database file, the key and the demo's address file."))
    host: str = field(default="127.0.0.1", metadata=_about(_text,
        "The address to listen on; 0.0.0.0 for every interface."))
    port: int = field(default=8000, metadata=_about(_port,
        "The port to listen on.", "PORT"))
    public_url: str = field(default="", metadata=_about(_url,
        "The address under which shoppers and channels reach this installation. Default: host and port."))
    mode: str = field(default="test", metadata=_about(_one_of("test", "live"),
        "test: channel simulators, webhooks may go to this machine. live: real channels only."))
    jobs: bool = field(default=True, metadata=_about(_switch,
        "Whether this process runs background jobs (notifications, webhooks, sweepers)."))
    job_threads: int = field(default=4, metadata=_about(_count,
        "How many jobs run at the same time in this process."))
    simulators: bool = field(default=True, metadata=_about(_switch,
        "Whether this process serves the channel simulators at /sim; never in live mode."))
    fund_mode: str = field(default="hosted", metadata=_about(_one_of("hosted", "custody"),
        "hosted: money stays at channels and a bank that pays it out. custody: for operators with a payment licence."))
    settle_after_recon: bool = field(default=True, metadata=_about(_switch,
        "Whether a settlement batch waits until the days of its sales are reconciled with their channels."))
    settlement_payout_most: int = field(default=0, metadata=_about(_amount,
        "The most that one payout of a settlement may carry, in minor units; more becomes several. 0: no limit."))
    holidays_file: Path | None = field(default=None, metadata=_about(Path,
        "A YAML file of public holidays and make-up workdays. Default: those of mainland China that ship with it."))
    reconciliation_labels: str = field(default="channel", metadata=_about(_one_of("channel", "platform", "none"),
        "Whose books are the measure for the labels surplus (长款) and shortfall (短款); none: classes only."))
    notify_url: str = field(default="", metadata=_about(_url,
        "The address under which channels and simulators reach this installation. Default: the public address."))
    allow_private_webhooks: bool = field(default=False, metadata=_about(_switch,
        "Whether test-mode webhooks may go to private networks, not only to this machine."))
    scenarios_dir: Path | None = field(default=None, metadata=_about(Path,
        "The folder of scenario files. Default: the catalogue that ships with Checkstand."))
    protocol_dir: Path | None = field(default=None, metadata=_about(Path,
        "A folder of rule packs (YAML) that add flows to the payment protocol or replace journals of it."))
    plans_kept: int = field(default=1000, metadata=_about(_plenty,
        "How many scenarios this process keeps ready in memory, those used last; each takes up to 60 KB."))
    log_level: str = field(default="info", metadata=_about(_one_of("debug", "info", "warning", "error"),
        "The least important line that is still logged."))
    log_format: str = field(default="console", metadata=_about(_one_of("console", "json"),
        "console for people, json for log collectors."))
    secret_key_base64: str = field(default="", repr=False, metadata=_about(_key,
        "The key that seals credentials at rest. Default: made once and kept in secret.key of var_dir, mode 0600."))
    oidc_issuer: str = field(default="", metadata=_about(_issuer,
        "The OpenID Connect provider that signs people in to the console, by the address it calls its issuer."))
    oidc_client_id: str = field(default="", metadata=_about(_text,
        "The name under which the provider knows this installation."))
    oidc_client_secret: str = field(default="", repr=False, metadata=_about(_text,
        "The secret that goes with it. Unset for a public client: PKCE is used either way."))
    oidc_name: str = field(default="", metadata=_about(_text,
        "What people call the provider, for the button \"Sign in with …\". Default: the host of the issuer."))
    oidc_email_domains: tuple[str, ...] = field(default=(), metadata=_about(_domains,
        "Only these domains of e-mail addresses may use single sign-on. Default: whoever the provider vouches for."))
    password_sign_in: bool = field(default=True, metadata=_about(_switch,
        "Whether people may also sign up and in to the console with a password."))
    smtp_url: str = field(default="", repr=False, metadata=_about(_smtp,
        "The server that sends mail: smtps://user:password@host, or smtp:// for STARTTLS. Unset: mail is only kept."))
    mail_from: str = field(default="", metadata=_about(_sender,
        "The sender of mail, like Checkstand <pay@example.com>. Default: checkstand at the public address's host."))
    # fmt: on

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Read every variable; what is `given` (a command-line option) wins over the environment."""
        environ = os.environ if environ is None else environ
        values = {name: value for name, value in given.items() if value is not None}
        for each in fields(cls):
            names = (variable(each.name), *each.metadata["also"])
            found = next((name for name in names if environ.get(name)), None)
            if each.name in values or found is None:
                continue
            try:
                values[each.name] = each.metadata["read"](environ[found].strip())
            except ValueError as wrong:
                shown = "the value given" if not each.repr else repr(environ[found])
                raise SettingWrong(f"{found}: {shown} does not work; write {wrong}") from None
        return cls(**values)

    def __post_init__(self) -> None:
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.var_dir / 'checkstand.db'}")
        if self.mode == "live" and self.allow_private_webhooks:
            raise SettingWrong(
                "CHECKSTAND_ALLOW_PRIVATE_WEBHOOKS works in test mode only; unset it when CHECKSTAND_MODE is live"
            )
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise SettingWrong("CHECKSTAND_OIDC_ISSUER and CHECKSTAND_OIDC_CLIENT_ID belong together; set both or none")
        if not self.password_sign_in and not self.oidc_issuer:
            raise SettingWrong("CHECKSTAND_PASSWORD_SIGN_IN=0 leaves no way in; set CHECKSTAND_OIDC_ISSUER as well")

    @property
    def base_url(self) -> str:
        """The address that URLs handed out begin with; no slash at the end."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def notify_base_url(self) -> str:
        """The address that channels call back; no slash at the end."""
        return self.notify_url or self.base_url

    @property
    def oidc_label(self) -> str:
        """What the button of single sign-on calls the provider; empty when there is none."""
        return (self.oidc_name or urlsplit(self.oidc_issuer).hostname or "") if self.oidc_issuer else ""

    @property
    def mail_sender(self) -> str:
        """Whom mail is from."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return self.mail_from or f"Checkstand <checkstand@{'localhost' if host[-1].isdigit() else host}>"

    @property
    def serves_simulators(self) -> bool:
        return self.simulators and self.mode == "test"

    @cached_property
    def secret_key(self) -> bytes:
        """The 32 bytes that seal credentials; made on first use, so commands that need none leave no file."""
        if self.secret_key_base64:
            return base64.b64decode(self.secret_key_base64)
        return load_or_create_key(self.var_dir / "secret.key")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"CHECKSTAND_{name.upper()}"
