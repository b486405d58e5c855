"""Reconciliation: days against statements, and what people decide about differences."""
