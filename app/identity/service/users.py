"""Users are made."""

from app.audit import service as audit
from app.core import db
from app.core.roles import Role
from app.identity import passwords
from app.identity.models import User


def create_user(*, username: str, email: str, password: str, role: Role) -> User:
    """Make a user."""
    user = User(username=username, email=email, password_hash=passwords.hashed(password), role=role)
    db.session().add(user)
    db.flush()
    audit.record(
        "user.created", object_type="user", object_id=user.id, new={"username": username, "email": email, "role": role}
    )
    return user
