"""The two things that are changed in the middle of a sale, on the promo's own page: how many units, and until when."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.promos import queries
from app.promos.console import drafts, presentation
from app.promos.console.promo_form import AT
from app.promos.console.promos import blp
from app.promos.service import planning

FIELDS = ("quantity", "ends_at")
INLINE: dict[type[AppError], str] = AT | {Stale: "status"}


@blp.get("/<id:promo_id>/change")
@requires(Role.OPERATOR)
def change_form(promo_id: int) -> Response:
    """A page of its own for both, as they are now."""
    row = queries.promo(promo_id)
    return _page(row, drafts.saved(row).typed, {})


@blp.post("/<id:promo_id>/change")
@requires(Role.OPERATOR)
def change(promo_id: int) -> AnyResponse:
    """Change what was typed, unless somebody else did meanwhile."""
    row = queries.promo(promo_id)
    draft = drafts.drafted(MultiDict(_asked(row)), row)
    version = {forms.version(request.form)}
    asked: dict[str, Any] = {"promo_id": promo_id, "expected": version}
    _, errors = (
        (None, draft.errors)
        if draft.errors
        else forms.tried(lambda: planning.update_promo(changes=drafts.changes(draft, row), **asked), INLINE)
    )
    if errors:
        return _page(queries.promo(promo_id), draft.typed, errors, status=409 if "status" in errors else 422)
    flash(" ".join(["Changed.", *draft.notes]), "ok")
    return htmx.go(url_for("promos_console.promos.detail", promo_id=promo_id))


def _asked(row: Any) -> list[tuple[str, str]]:
    """All of the promo as it is, with the one or two fields that were sent."""
    now = drafts.saved(row).typed
    sent = {name: request.form[name] for name in FIELDS if name in request.form}
    segments = [("segment_ids", number) for number in now.pop("segment_ids").split()]
    return [*(now | sent).items(), *segments]


def _page(row: Any, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    typed = typed | {"version": str(row.version)}
    facts = {"promo": row, "form": typed, "errors": errors, "words": presentation}
    return htmx.render("promos/change.html", "inline", status=status, **facts)
