"""Users and their sessions in the console."""

from app.identity.console import links, preferences, roles, user_form, users
from app.identity.console.login import blp

__all__ = ["blp", "links", "user_form"]

for page in (users, roles, preferences):
    blp.register_blueprint(page.blp)
