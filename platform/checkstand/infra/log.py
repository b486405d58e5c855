"""The log: one line per fact, for people or for a collector; secrets are struck out on the way.

Everything goes to standard error, also what libraries log, so standard output belongs to commands.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Final, Protocol, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

STRUCK: Final = "[secret]"

# By name: the whole value goes. By shape: keys people paste into free text, PEM blocks, card numbers.
SECRET_NAMES: Final = re.compile(
    r"secret|password|passwd|authorization|cookie|private_key|api_key|api_v3_key|credential|^token$|_token$|signature"
    r"|card_no|card_number|cvv|id_number",
    re.IGNORECASE,
)
SECRET_SHAPES: Final = re.compile(
    r"sk_(?:test|live)_[\w-]+|whsec_[\w+/=]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=Bearer )[\w.~+/-]+=*|(?<=/c/)[\w-]{16,}",  # the last: a session's address is the right to pay it
    re.DOTALL,
)
CARD_SHAPE: Final = re.compile(r"(?<![\w.])(?:\d[ -]?){15,18}\d(?![\w.])")


class Wanted(Protocol):
    """The two settings that the log needs."""

    @property
    def log_level(self) -> str: ...
    @property
    def log_format(self) -> str: ...


def scrub(value: Any, name: str = "") -> Any:
    """The same value with every secret struck out; for the log and for transcripts that people read."""
    if name and SECRET_NAMES.search(name):
        return STRUCK
    if isinstance(value, Mapping):
        return {key: scrub(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(inner) for inner in value]
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return CARD_SHAPE.sub(_strike_card, SECRET_SHAPES.sub(STRUCK, value)) if isinstance(value, str) else value


def configure(settings: Wanted) -> None:
    """Send our lines and every library's through one formatter to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # as text: a drawn traceback would show local variables
        _scrub_line,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # tests configure more than once
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every URL, and URLs carry session tokens


def get(name: str) -> Any:
    """The log of one module: `log = get(__name__)`, then `log.info("payment_succeeded", payment_id=…)`."""
    return structlog.stdlib.get_logger(name)


def _strike_card(found: re.Match[str]) -> str:
    """Merchant and order numbers are as long as card numbers; only cards pass the check digit of ISO 7812."""
    digits = [int(each) for each in found[0] if each.isdigit()]
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return found[0] if total % 10 else STRUCK


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now; a test runner or a daemon may have replaced it since the start."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        raise AttributeError("the log always goes to standard error")


def _scrub_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    for name, value in line.items():
        if not name.startswith("_"):  # structlog's own bookkeeping
            line[name] = scrub(value, name)
    return line
