"""Members: their bank cards, their operators, what they may do, and how they are frozen and closed."""
