"""A form with a file: the fields and the bytes exactly as the browser sent them (multipart/form-data)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath

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
    """Whatever a form sends; one without a file reads as fields alone."""
    kind = _header(content_type)
    boundary = kind.get_param("boundary")
    if kind.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        return Upload(read_form(body))
    pairs: list[tuple[str, str]] = []
    name, content = "", b""
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))[1:]:
        head, separator, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator:
            continue  # the mark at the end
        said = _header(_disposition(head))
        field, filename = said.get_param("name"), said.get_param("filename")
        if isinstance(filename, str):
            name, content = PurePosixPath(filename.replace("\\", "/")).name[:200], value
        elif isinstance(field, str):
            pairs.append((field, value.decode("utf-8", "replace")))
    return Upload(Form(pairs), name, content)


def _disposition(head: bytes) -> str:
    lines = head.decode("utf-8", "replace").split("\r\n")
    found = [line.partition(":")[2] for line in lines if line.lower().startswith("content-disposition:")]
    return found[0].strip() if found else ""


def _header(value: str) -> Message:
    """Parameters of a header; the standard library knows how they are quoted."""
    made = Message()
    made["content-type"] = value.replace("form-data", "x/form-data", 1) if value.startswith("form-data") else value
    return made
