"""Which role includes which, and who passes a view's door."""

import pytest

from app.core.access import PUBLIC, SIGNED_IN, Access, admit
from app.core.context import Principal
from app.core.errors import NotAuthenticated, NotPermitted
from app.core.roles import Role, allows

INCLUDED = {
    Role.ADMIN: {Role.ADMIN, Role.OPERATOR, Role.VIEWER},
    Role.OPERATOR: {Role.OPERATOR, Role.VIEWER},
    Role.VIEWER: {Role.VIEWER},
    Role.CUSTOMER: {Role.CUSTOMER},
}


def somebody(role: Role) -> Principal:
    return Principal(1, "somebody", role, "a session")


@pytest.mark.parametrize("role", Role)
def test_a_role_includes_exactly_these(role: Role) -> None:
    assert {needed for needed in Role if allows(role, needed)} == INCLUDED[role]
    assert {needed for needed in Role if somebody(role).can(needed)} == INCLUDED[role]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("needed", Role)
def test_a_door_opens_for_included_roles_only(role: Role, needed: Role) -> None:
    if needed in INCLUDED[role]:
        admit(Access("role", needed), somebody(role))
        return
    with pytest.raises(NotPermitted) as refused:
        admit(Access("role", needed), somebody(role))
    assert refused.value.figures == {"needs": str(needed), "role": str(role)}


def test_a_public_door_is_open_to_everybody() -> None:
    admit(PUBLIC, None)


@pytest.mark.parametrize("access", [SIGNED_IN, Access("role", Role.CUSTOMER)], ids=str)
def test_a_stranger_is_asked_to_sign_in(access: Access) -> None:
    with pytest.raises(NotAuthenticated) as refused:
        admit(access, None)
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("role", Role)
def test_a_door_for_the_signed_in_asks_for_no_role(role: Role) -> None:
    admit(SIGNED_IN, somebody(role))
