"""What happened to users."""

from dataclasses import dataclass


@dataclass(frozen=True)
class UserRegistered:
    """Somebody new can sign in."""

    user_id: int
