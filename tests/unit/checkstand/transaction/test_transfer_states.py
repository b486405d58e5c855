"""Every edge of a transfer, and none besides."""

import pytest

from checkstand.kernel import NoSuchEdge
from checkstand.transaction.transfer_states import TRANSFER, TransferEvent, TransferState

S, E = TransferState, TransferEvent
EDGES = {
    (S.CREATED, E.MOVE): S.SUCCEEDED,
    (S.CREATED, E.HOLD): S.HELD,
    (S.HELD, E.CONFIRM): S.SUCCEEDED,
    (S.HELD, E.VOID): S.VOIDED,
    (S.HELD, E.EXPIRE): S.VOIDED,
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("event", list(E))
def test_an_event_leads_where_the_table_says_or_nowhere(state, event):
    if (state, event) in EDGES:
        assert TRANSFER.to(state, event) == EDGES[state, event]
    else:
        with pytest.raises(NoSuchEdge):
            TRANSFER.to(state, event)


def test_an_ended_transfer_has_no_way_out():
    assert {source for source, _ in TRANSFER.rows}.isdisjoint(TRANSFER.terminal)
