"""The books are only ever added to."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.integration.checkstand.accounting.world import moved

from checkstand.accounting import Poster, WriteSet, install_triggers
from checkstand.infra.db import Database


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET amount_minor = amount_minor + 1",
        "DELETE FROM entry",
        "UPDATE journal SET memo = 'nicer'",
        "DELETE FROM journal",
    ],
)
def test_a_booked_row_cannot_be_changed(poster: Poster, db: Database, change: str) -> None:
    poster.commit(WriteSet(journals=[moved("p1")]))

    with pytest.raises(DBAPIError, match="only ever added"), db.engine.begin() as connection:
        connection.execute(text(change))

    with db.read() as connection:
        assert connection.execute(text("SELECT SUM(ABS(amount_minor)) FROM entry")).scalar() == 200


def test_installing_the_triggers_again_is_harmless(db: Database) -> None:
    with db.engine.begin() as connection:
        install_triggers(connection)
