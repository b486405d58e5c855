"""The parts of which stories of payments and payouts are told: edges, messages, journals, webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.accounting.chart import CHART
from checkstand.accounting.reading import journals_of
from checkstand.app.facts import instant
from checkstand.infra.webhooks import deliveries_of, messages_of


def edge_told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A change of state."""
    return {
        "object": row["object_type"],
        "id": row["object_id"],
        "from": row["source"],
        "event": row["event"],
        "to": row["target"],
        "at": moment(row["occurred_at"]),
        "facts": row["facts"],
    }


def exchange_told(row: Row[Any]) -> dict[str, Any]:
    """What was said to a channel and what it answered, as the adapter masked it."""
    return {
        "about": row.object_id,
        "verb": row.verb,
        "request": f"{row.method} {row.url}\n{row.request}".strip(),
        "status": row.status,
        "response": row.response,
        "error": row.error,
        "duration_ms": row.duration_ms,
        "at": moment(row.occurred_at),
    }


def journals_told(connection: Connection, tenant_id: str, sources: Sequence[str]) -> list[dict[str, Any]]:
    """What was booked for these objects."""
    return [
        {
            "id": journal.journal_id,
            "kind": journal.kind,
            "source": journal.source_id,
            "accounting_date": journal.accounting_date.isoformat(),
            "booked_at": moment(journal.booked_at),
            "entries": [
                {
                    "account": entry.account_id,
                    "name": CHART[entry.code].name,
                    "debit_minor": max(entry.amount_minor, 0),
                    "credit_minor": max(-entry.amount_minor, 0),
                    "currency": entry.currency,
                }
                for entry in journal.entries
            ],
        }
        for journal in journals_of(connection, tenant_id, list(sources))
    ]


def webhooks_told(connection: Connection, tenant_id: str, object_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What the business unit was told of these objects, with every delivery."""
    messages = messages_of(connection, tenant_id, list(object_ids))
    told = []
    for message in messages:
        deliveries = deliveries_of(connection, tenant_id, [message["message_id"]])
        told.append(
            {
                "id": message["message_id"],
                "type": message["type"],
                "occurred_at": instant(message["occurred_at"]),
                "deliveries": [
                    {
                        "id": delivery["delivery_id"],
                        "endpoint": delivery["endpoint_id"],
                        "attempt": delivery["attempt"],
                        "state": delivery["state"],
                        "status": delivery["status_code"],
                        "error": delivery["error"],
                        "at": moment(delivery["requested_at"]),
                    }
                    for delivery in deliveries
                ],
            }
        )
    return told


def moment(at: datetime) -> str:
    """Milliseconds, so that the parts of a story can be told in one order."""
    return at.isoformat(timespec="milliseconds")
