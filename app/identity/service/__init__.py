"""What can be done with users and sessions."""
