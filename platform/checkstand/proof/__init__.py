"""Whether a scenario keeps its promises for every order, and for which it does not (证明)."""
