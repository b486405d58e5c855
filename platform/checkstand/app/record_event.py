"""Events that a native client or a mini-program reports about its own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from checkstand.accounting import WriteSet
from checkstand.app.platform import Platform
from checkstand.app.read_session import read_session
from checkstand.kernel import CheckstandError
from checkstand.monitoring import event_op

# What a client may say. Facts about money come from our own commits, never from a client.
CLIENT_EVENTS: Final = frozenset(("cashier_view", "method_view", "method_select", "channel_return", "leave"))


class EventRefused(CheckstandError):
    code = "event.refused"
    message = "This event cannot be reported by a client."
    remedy = f"Report one of: {', '.join(sorted(CLIENT_EVENTS))}."


def record_event(
    platform: Platform,
    tenant_id: str,
    mode: str,
    name: str,
    session_id: str,
    *,
    method: str | None = None,
    props: Mapping[str, Any] | None = None,
) -> None:
    """Store one page event of this session."""
    if name not in CLIENT_EVENTS:
        raise EventRefused(f"{name!r} cannot be reported by a client", pointer="/name")
    session, _ = read_session(platform, tenant_id, mode, session_id)
    op = event_op(
        name,
        tenant_id,
        mode,
        platform.clock.now(),
        scenario=session.scenario_id,
        scenario_version=session.scenario_version,
        session_id=session_id,
        order_id=session.order_id,
        terminal=session.terminal,
        form=session.form,
        method=method,
        props=props or {},
    )
    platform.poster.commit(WriteSet(ops=[op]))
