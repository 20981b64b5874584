"""The operator console's frame: home and what every page shares."""
