"""A form with a file: the fields and the bytes exactly as the browser sent them (multipart/form-data)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from multipart import MultipartError, MultipartParser, parse_options_header

from checkstand.kernel import CheckstandError
from checkstand_admin.console import Form, read_form


class UploadUnreadable(CheckstandError):
    code = "console.upload_unreadable"
    message = "No file has arrived."
    remedy = "Choose a file on the page and send it again."


@dataclass(frozen=True, slots=True)
class Upload:
    """The fields, and the one file with the name that the browser gives it."""

    form: Form
    name: str = ""
    content: bytes = b""

    def file(self) -> tuple[str, bytes]:
        """The file, which must be there."""
        if not self.content:
            raise UploadUnreadable()
        return self.name, self.content


def read_upload(body: bytes, content_type: str) -> Upload:
    """Whatever a form sends; one without a file, or cut off on its way, reads as the fields that came."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        return Upload(read_form(body))
    pairs: list[tuple[str, str]] = []
    name, content = "", b""
    try:
        for part in MultipartParser(BytesIO(body), options["boundary"]):
            if part.filename is None:
                pairs.append((part.name, part.raw.decode("utf-8", "replace")))
            else:
                name, content = PurePosixPath(part.filename.replace("\\", "/")).name[:200], part.raw
            part.close()
    except MultipartError:
        return Upload(Form(pairs))
    return Upload(Form(pairs), name, content)
