"""Payouts: what leaves through the bank, and what waits for people."""
