"""What can be done with products, their stock and holds on it."""
