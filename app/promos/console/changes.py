"""The two things that are changed in the middle of a sale, on the promo's own page: how many units, and until when."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import Stale
from app.core.roles import Role
from app.promos import queries
from app.promos.console import drafts, presentation
from app.promos.console.promo_form import AT
from app.promos.console.promos import blp
from app.promos.service import planning

FIELDS = ("quantity", "ends_at")


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
    try:
        errors = draft.errors or forms.tried(lambda: _saved(row, draft), AT)[1]
    except Stale:
        return _stale_page(promo_id, draft.typed)
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


def _saved(row: Any, draft: drafts.Draft) -> Any:
    version = forms.version(request.form)
    return planning.update_promo(promo_id=row.id, changes=drafts.changes(draft, row), expected={version})


def _stale_page(promo_id: int, typed: dict[str, str]) -> Response:
    row = queries.promo(promo_id)
    now = drafts.saved(row).typed
    stale = forms.differences(typed, {name: now[name] for name in FIELDS if name in request.form})
    return _page(row, typed, {}, stale=stale, status=409)


def _page(
    row: Any, typed: dict[str, str], errors: dict[str, str], *, stale: dict[str, Any] | None = None, status: int = 200
) -> Response:
    typed = typed | {"version": str(row.version)}
    facts = {"promo": row, "form": typed, "errors": errors, "stale": stale, "words": presentation}
    return htmx.render("promos/change.html", "inline", status=status, **facts)
