"""Mails in the console."""

from app.mail.console import attention
from app.mail.console.pages import blp

attention.hang_up()

__all__ = ["blp"]
