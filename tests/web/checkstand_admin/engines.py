"""Which database a test of the console runs on: SQLite, and with this mark PostgreSQL as well.

Most pages only ask what the stores answer, and those are tested on both engines where they live. The mark is for
what an engine decides by itself: how text is searched, where a page of a list ends, which of two writers wins.
"""

import pytest

on_both_engines = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
