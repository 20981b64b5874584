"""What happened to users."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UserRegistered:
    """Somebody new can sign in."""

    user_id: int


@dataclass(frozen=True)
class UserChanged:
    """A user has another role, or may sign in who might not, or the other way round."""

    user_id: int
