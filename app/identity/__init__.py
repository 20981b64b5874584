"""Users, their sessions, and who is asking."""
