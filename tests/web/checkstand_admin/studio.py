"""The studio of the unit: the draft `books` that its owner has begun, as it stands, and how a person saves it."""

from __future__ import annotations

from sqlalchemy import func, select
from tests.web.checkstand_admin.conftest import UNIT

from checkstand.app import edit_draft
from checkstand.infra.db import metadata

STUDIO = f"/admin/u/{UNIT}/test/studio"
BOOKS = f"{STUDIO}/books"


def draft(platform):
    return edit_draft.read_draft(platform, UNIT, "books")


def save(who, platform, source=None, **fields):
    now = draft(platform)
    return who.post(BOOKS, source=source or now.source, revision=str(now.revision), do="save", **fields)


def counts(platform):
    with platform.db.read() as connection:
        return {name: connection.scalar(select(func.count()).select_from(t)) for name, t in metadata.tables.items()}
