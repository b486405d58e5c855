"""Schema changes, forward only: one file each, with a docstring that says why and how long it may take."""
