"""Transactions whose money waits: escrow and preauthorisation, step by step, one verb per file."""
