"""Callers of the API as tests see them."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from app.core import context, db
from app.core.roles import Role
from app.core.web import HoldfastApp
from app.identity import queries
from app.identity.service import users

PASSWORD = "correct horse battery"


@dataclass
class Caller:
    """A client that sends its token."""

    client: FlaskClient
    user_id: int
    username: str
    token: str

    def call(self, method: str, path: str, **options: Any) -> Any:
        """A request to the API."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        """POST."""
        return self.call("POST", path, **options)

    def patch(self, path: str, **options: Any) -> Any:
        """PATCH."""
        return self.call("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Any:
        """DELETE."""
        return self.call("DELETE", path, **options)


def make_user(app: HoldfastApp, role: Role, username: str | None = None) -> int:
    """A user with the test password."""
    name = username or str(role)
    with app.app_context(), context.surroundings(source="cli"), db.transaction():
        known = queries.user_by_name(name)
        user = known or users.create_user(username=name, email=f"{name}@example.test", password=PASSWORD, role=role)
        return user.id


def signed_in(app: HoldfastApp, role: Role, username: str | None = None) -> Caller:
    """A caller with a fresh session."""
    name = username or str(role)
    user_id = make_user(app, role, name)
    client = app.test_client()
    answer = client.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD})
    assert answer.json is not None, answer.text
    return Caller(client, user_id, name, answer.json["access_token"])
