"""Whether whoever opened a stream may still have it: asked again and again, by the loader that let them in."""

import secrets
from typing import Any

from flask import request
from sqlalchemy.exc import SQLAlchemyError

from app.core import db
from app.core.access import Access, admit
from app.core.clock import monotonic
from app.core.errors import AppError, NotAuthenticated, NotPermitted
from app.core.web import HoldfastApp


class Guard:
    """One stream's caller. Those who came together are not asked about together."""

    def __init__(self, app: HoldfastApp, environ: dict[str, Any], access: Access, seconds: float) -> None:
        """Whoever was let in just now is good for a while."""
        self._app, self._environ, self._access, self._seconds = app, environ, access, seconds
        self._due = monotonic() + seconds * (0.5 + secrets.randbelow(500) / 1000)
        self.sure = True

    def lets_stay(self) -> bool:
        """Whether the stream may go on; `sure` is False while nobody can be asked."""
        if monotonic() >= self._due:
            self.sure, stays = self._asked()
            self._due = monotonic() + (self._seconds if self.sure else 0)
            return stays
        return True

    def _asked(self) -> tuple[bool, bool]:
        try:
            with self._app.request_context(self._environ), db.statement():
                admit(self._access, self._app.principal_loader(request))
        except (NotAuthenticated, NotPermitted):
            return True, False
        except (AppError, SQLAlchemyError):
            return False, True
        return True, True
