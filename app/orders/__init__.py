"""Orders from the moment they hold stock until they are delivered or undone."""
