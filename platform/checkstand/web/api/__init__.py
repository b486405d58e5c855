"""The public API (design.md §6): JSON in, JSON out, problems as RFC 9457."""
