"""What the launcher can refuse."""


class StackError(Exception):
    """The stack cannot start; the message is one line for the person who started it."""
