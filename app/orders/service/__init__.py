"""Orders are placed, paid, moved on and undone; each step is kept in their history."""
