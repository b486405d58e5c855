"""对账: our book, the channel's statement and the bank's, compared line by line."""
