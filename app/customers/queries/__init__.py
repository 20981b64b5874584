"""Every SELECT about customers and segments."""
