"""Somebody who can manage users is always left, whatever admins do to each other at the same moment."""

from typing import Any

import pytest

from app.core import context, db
from app.core.errors import AppError
from app.core.roles import Role
from app.core.web import HoldfastApp
from app.identity.service import users
from app.operations import service as operations
from tests.api.conftest import AsRole
from tests.api.parallel import at_once, rows
from tests.api.problem import assert_problem

LOSSES: list[dict[str, Any]] = [{"role": "operator"}, {"is_active": False}, {"role": "viewer", "is_active": False}]


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_the_last_active_admin_stays_one(as_role: AsRole, sql: Any, loss: dict[str, Any]) -> None:
    root, retired = as_role("admin", "root"), as_role("admin", "retired")
    sql.execute("UPDATE users SET is_active = false WHERE username = 'retired'")
    mine = f"/api/v1/users/{root.user_id}"
    assert_problem(root.patch(mine, json=loss), 409, "last_admin")
    assert root.get(mine).json["role"] == "admin"
    assert root.patch(f"/api/v1/users/{retired.user_id}", json={"is_active": True}).status_code == 200
    assert root.patch(mine, json=loss).status_code == 200


def test_the_last_admin_can_change_what_takes_nothing_away(as_role: AsRole) -> None:
    root = as_role("admin", "root")
    body = {"first_name": "Rut", "role": "admin", "is_active": True}
    assert root.patch(f"/api/v1/users/{root.user_id}", json=body).status_code == 200


@pytest.mark.parametrize("loss", LOSSES[:2], ids=str)
def test_of_admins_who_remove_each_other_at_once_one_stays(
    app: HoldfastApp, as_role: AsRole, loss: dict[str, Any]
) -> None:
    ids = [as_role(Role.ADMIN, f"admin{number}").user_id for number in range(4)]

    def remove_next(number: int) -> str:
        try:
            with context.surroundings(source="api"), db.transaction():
                users.update_user(user_id=ids[(number + 1) % 4], changes=loss)
        except AppError as refusal:
            return refusal.code
        return "done"

    for _ in range(5):
        with app.app_context():
            rows("UPDATE users SET role = 'admin', is_active = true")
        answers = at_once(app, 4, remove_next)
        assert sorted(answers) == ["done", "done", "done", "last_admin"]
        with app.app_context():
            findings = {finding.invariant.name: finding.rows for finding in operations.check_invariants()}
        assert findings["identity.admin_exists"] == []
