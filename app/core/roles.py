"""Roles: admin includes operator, operator includes viewer; customer stands apart."""

from enum import StrEnum


class Role(StrEnum):
    """What a user may be."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"
    CUSTOMER = "customer"


STAFF = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


def allows(role: Role, needed: Role) -> bool:
    """Whether the role includes the needed one."""
    if role == needed:
        return True
    return role in STAFF and needed in STAFF and STAFF.index(role) > STAFF.index(needed)
