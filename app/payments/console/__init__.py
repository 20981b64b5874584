"""What is wrong with payments, in the console."""

from app.payments.console import attention
from app.payments.console.pages import blp

attention.hang_up()

__all__ = ["blp"]
