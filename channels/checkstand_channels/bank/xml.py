"""ISO 20022 documents, written the same way every time and read without trust."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from checkstand.kernel import Money, MoneyError
from checkstand_channels.bank.errors import FileEncodingWrong, FileForbidden, FileTruncated, FileUnexpected

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
CLAIMED: Final = re.compile(r"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
DECIMAL: Final = re.compile(r"\d{1,18}(?:\.\d{1,5})?")


def document(message: str) -> ET.Element:
    """The root of a new document, such as `pain.001.001.09`."""
    return ET.Element("Document", {"xmlns": NAMESPACE + message})


def put(parent: ET.Element, path: str, text: str | None = None, **attributes: str) -> ET.Element:
    """Add an element below `parent`; the elements of `path` before the last are made as well."""
    for name in path.split("/"):
        parent = ET.SubElement(parent, name)
    parent.text = text
    parent.attrib.update(attributes)
    return parent


def put_amount(parent: ET.Element, path: str, amount: Money) -> None:
    put(parent, path, amount.decimal(), Ccy=amount.currency)


def written(root: ET.Element) -> bytes:
    """The file: no white space between elements, so that equal documents are equal bytes."""
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + ET.tostring(root, encoding="unicode", short_empty_elements=True).encode()


@dataclass(frozen=True, slots=True)
class Node:
    """An element of a file that was received; every question names the place when the answer is missing."""

    element: ET.Element
    namespace: str
    place: str

    def all(self, path: str) -> list[Node]:
        """Every element at this path, in the file's order."""
        steps = "/".join(f"{{{self.namespace}}}{name}" for name in path.split("/"))
        return [Node(found, self.namespace, f"{self.place}/{path}") for found in self.element.findall(steps)]

    def maybe(self, path: str) -> Node | None:
        """The element, if it is there; one that stands twice could be read in two ways and is refused."""
        found = self.all(path)
        if len(found) > 1:
            raise FileUnexpected(f"{self.place}/{path} stands {len(found)} times")
        return found[0] if found else None

    def one(self, path: str) -> Node:
        found = self.maybe(path)
        if found is None:
            raise FileUnexpected(f"{self.place}/{path} is missing")
        return found

    def text(self, path: str) -> str:
        value = self.maybe_text(path)
        if not value:
            raise FileUnexpected(f"{self.place}/{path} is missing or empty")
        return value

    def maybe_text(self, path: str) -> str | None:
        found = self.maybe(path)
        return (found.element.text or "").strip() if found else None

    def amount(self, path: str) -> Money:
        """A decimal with its currency, exactly; a sign, an exponent or a third decimal is refused."""
        node = self.one(path)
        return money(self.text(path), node.element.get("Ccy", ""), node.place)

    def number(self, path: str) -> int:
        text = self.text(path)
        if not (text.isascii() and text.isdigit()) or len(text) > 15:
            raise FileUnexpected(f"{self.place}/{path}: {text[:40]!r} is no number")
        return int(text)


def money(text: str, currency: str, place: str) -> Money:
    if not DECIMAL.fullmatch(text):
        raise FileUnexpected(f"{place}: {text[:40]!r} is no amount")
    try:
        return Money.from_decimal(text, currency)
    except MoneyError as error:
        raise FileUnexpected(f"{place}: {error.detail}") from error


def read(content: bytes, message: str) -> Node:
    """The root of a received file. It must be the named message, in UTF-8, without a document type."""
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileEncodingWrong(f"byte {error.start} is not UTF-8") from error
    claimed = CLAIMED.match(text)
    if claimed and claimed.group(1).upper() not in ("UTF-8", "UTF8"):
        raise FileEncodingWrong(f"the file says that it is {claimed.group(1)}")
    # Without a document type there are no entities to expand and nothing to fetch. The text is decoded
    # already, so no other encoding can hide one; a comment that spells it out is refused with it.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FileForbidden()
    try:
        root = ET.fromstring(text)  # noqa: S314 - document types are refused above
    except ET.ParseError as error:
        raise FileTruncated(f"line {error.position[0]}, column {error.position[1]}") from error
    namespace = NAMESPACE + message
    if root.tag != f"{{{namespace}}}Document":
        raise FileUnexpected(f"this is {root.tag[:120]}, not {message}")
    return Node(root, namespace, message)
