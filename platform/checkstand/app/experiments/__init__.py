"""Experiments as they run: who gets which arm, what came of it, and who may start, widen and stop them."""
