"""What can be done with customers and segments."""
