"""The storefront's own book: orders, and every webhook it has believed. Money is never updated, only told.

How an order stands is computed from the facts received, so two webhooks in the wrong order, or one
that arrives twice, cannot leave it in a wrong state.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS shop_order (
    order_no     TEXT PRIMARY KEY,
    title        TEXT NOT NULL,
    good_id      TEXT,
    category     TEXT NOT NULL,
    quantity     INTEGER NOT NULL CHECK (quantity > 0),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency     TEXT NOT NULL,
    scenario     TEXT NOT NULL,
    terminal     TEXT NOT NULL,
    locale       TEXT NOT NULL,
    shopper      TEXT NOT NULL,
    session_id   TEXT,
    session_url  TEXT,
    created_at   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS shop_webhook (
    webhook_id  TEXT PRIMARY KEY,
    order_no    TEXT NOT NULL,
    type        TEXT NOT NULL,
    body        TEXT NOT NULL,
    repeats     INTEGER NOT NULL DEFAULT 0,
    received_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_shop_webhook_order ON shop_webhook (order_no);
"""


@dataclass(frozen=True, slots=True)
class Order:
    order_no: str
    title: str
    good_id: str | None
    category: str
    quantity: int
    amount_minor: int
    currency: str
    scenario: str
    terminal: str
    locale: str
    shopper: str
    session_id: str | None
    session_url: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook whose signature was verified; `repeats` counts how often the same one came again."""

    webhook_id: str
    order_no: str
    type: str
    data: dict[str, Any]
    repeats: int
    received_at: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How an order stands, by everything that was told about it."""

    status: str  # new | awaiting | paid | part_refunded | refunded | closed | attention
    payment_id: str | None = None
    method: str | None = None
    refunded_minor: int = 0


def standing(order: Order, hooks: Sequence[Hook]) -> Standing:
    """Decide from the facts in any order. A payment counts only if it is of exactly the order's amount."""
    payments = {hook.data["payment"]["id"]: hook.data["payment"] for hook in hooks if hook.type == "payment.succeeded"}
    refunds = {hook.data["refund"]["id"]: hook.data["refund"] for hook in hooks if hook.type == "refund.succeeded"}
    expected = {"minor": order.amount_minor, "currency": order.currency}
    good = [payment for payment in payments.values() if payment["amount"] == expected]
    if len(good) < len(payments):
        return Standing("attention")
    back = sum(refund["amount"]["minor"] for refund in refunds.values() if refund["payment_id"] in payments)
    net = order.amount_minor * len(good) - back
    if good:
        # A second payment that the platform has sent back leaves the order simply paid.
        status = "paid" if net >= order.amount_minor else "part_refunded" if net > 0 else "refunded"
        kept = good[0]
        returned = {refund["payment_id"] for refund in refunds.values()}
        kept = next((payment for payment in good if payment["id"] not in returned), kept)
        return Standing(status, kept["id"], kept["method"]["id"], max(0, order.amount_minor - net))
    if any(hook.type == "order.closed" for hook in hooks):
        return Standing("closed")
    return Standing("awaiting" if order.session_id else "new")


def new_order_no() -> str:
    """Readable and unguessable enough for a demo: `LB-251121-7K3M9QXT`."""
    letters = "".join(secrets.choice("23456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
    return f"LB-{datetime.now(UTC):%y%m%d}-{letters}"


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class OrderBook:
    """One SQLite file; a connection per call, because calls come from a pool of threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)

    def add(self, order: Order) -> None:
        names = Order.__dataclass_fields__
        columns, marks = ", ".join(names), ", ".join(f":{name}" for name in names)
        values = {name: getattr(order, name) for name in names}
        with self._open() as connection:
            connection.execute(f"INSERT INTO shop_order ({columns}) VALUES ({marks})", values)  # noqa: S608 - field names

    def attach_session(self, order_no: str, session_id: str, url: str) -> None:
        with self._open() as connection:
            connection.execute(
                "UPDATE shop_order SET session_id = ?, session_url = ? WHERE order_no = ?", (session_id, url, order_no)
            )

    def get(self, order_no: str) -> Order | None:
        with self._open() as connection:
            row = connection.execute("SELECT * FROM shop_order WHERE order_no = ?", (order_no,)).fetchone()
        return Order(**row) if row else None

    def latest(self, shopper: str | None = None, limit: int = 50) -> list[tuple[Order, Standing]]:
        """The newest orders of a shopper, or of everybody, with how they stand."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT * FROM shop_order WHERE ?1 IS NULL OR shopper = ?1 ORDER BY created_at DESC, order_no LIMIT ?2",
                (shopper, limit),
            ).fetchall()
        return [(order, standing(order, self.hooks(order.order_no))) for order in (Order(**row) for row in rows)]

    def believe(self, webhook_id: str, order_no: str, type: str, body: str) -> bool:
        """Write a verified webhook down; False when this one is known already."""
        with self._open() as connection:
            added = connection.execute(
                "INSERT OR IGNORE INTO shop_webhook (webhook_id, order_no, type, body, received_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (webhook_id, order_no, type, body, now()),
            ).rowcount
            if not added:
                connection.execute("UPDATE shop_webhook SET repeats = repeats + 1 WHERE webhook_id = ?", (webhook_id,))
        return bool(added)

    def hooks(self, order_no: str) -> list[Hook]:
        with self._open() as connection:
            rows = connection.execute(
                "SELECT * FROM shop_webhook WHERE order_no = ? ORDER BY received_at, webhook_id", (order_no,)
            ).fetchall()
        return [
            Hook(
                row["webhook_id"],
                row["order_no"],
                row["type"],
                json.loads(row["body"])["data"],
                row["repeats"],
                row["received_at"],
            )
            for row in rows
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            with connection:  # commits, or rolls back when something is raised
                yield connection
        finally:
            connection.close()
