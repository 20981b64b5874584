"""Health in the console."""

from app.operations.console import live
from app.operations.console.pages import blp

blp.register_blueprint(live.blp)

__all__ = ["blp"]
