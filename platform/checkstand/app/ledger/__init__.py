"""The books: closing days, adjustments by two people, statements, and where a balance comes from."""
