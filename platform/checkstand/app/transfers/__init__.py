"""转账: money from one member's balance to another's, at once or in two phases."""
