"""The operator console's frame: home, the sale room, and what every page shares."""
