"""Places with a position on the map and a clock of their own."""
