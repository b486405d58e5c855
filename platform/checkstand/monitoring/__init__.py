"""监控: events in. Funnels, attribution and alerts are counted from them."""

from checkstand.monitoring.store import EVENT_NAMES, event, event_op, events_of_session, pseudonym

__all__ = ["EVENT_NAMES", "event", "event_op", "events_of_session", "pseudonym"]
