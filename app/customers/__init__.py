"""Customers, where they are, what they want to hear, and the segments they belong to."""
