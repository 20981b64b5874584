"""Buys, their figures and the analytics of promos as JSON."""
