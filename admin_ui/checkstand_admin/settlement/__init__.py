"""Settlement: batches, what is in them, and the two people who approve them."""
