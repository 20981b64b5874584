"""The verbs of buys."""
