"""The segment builder: rows of rules that come and go, counted while they are typed.

Every button of the form sends all of it and gets it back; nothing is kept until it is saved. It works without script.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Response, flash, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.customers.console import drafts, presentation
from app.customers.console.drafts import Draft
from app.customers.console.segments import blp
from app.customers.errors import SegmentNameTaken
from app.customers.models import Segment
from app.customers.queries import audience
from app.customers.queries import segments as queries
from app.customers.schemas.segments import MOST_RULES
from app.customers.service import segments as service
from app.stores.errors import StoreNotFound

AT: dict[type[AppError], str] = {SegmentNameTaken: "name", StoreNotFound: "rules"}


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, drafts.empty(request.args.get("kind", "")))


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Make the segment of the form."""
    asked = drafts.drafted(request.form)
    draft, made = _tried(asked, lambda: service.create_segment(**asked.facts))
    if made is None:
        return _form(None, draft, status=422)
    flash(f"{made.name} is created.", "ok")
    return htmx.go(url_for("customers_console.segments.detail", segment_id=made.id))


@blp.get("/<id:segment_id>/edit")
@requires(Role.OPERATOR)
def edit(segment_id: int) -> Response:
    """The form with what the segment is now."""
    segment = queries.segment(segment_id)
    return _form(segment, drafts.saved(segment))


@blp.post("/<id:segment_id>")
@requires(Role.OPERATOR)
def update(segment_id: int) -> AnyResponse:
    """Change the segment, unless somebody else did meanwhile."""
    draft = drafts.drafted(request.form)
    asked: dict[str, Any] = {"segment_id": segment_id, "expected": {forms.version(draft.typed)}}
    try:
        draft, made = _tried(draft, lambda: service.update_segment(changes=draft.facts, **asked))
    except Stale:
        return _stale_form(segment_id, draft)
    if made is None:
        return _form(queries.segment(segment_id), draft, status=422)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("customers_console.segments.detail", segment_id=segment_id))


@blp.post("/draft")
@requires(Role.OPERATOR)
def redraft() -> Response:
    """The form once more with a rule more or less; nothing is saved."""
    text, draft = request.form.get("segment_id", ""), drafts.drafted(request.form)
    segment = queries.segment(int(text)) if text.isdecimal() and len(text) < 19 else None
    act = request.form.get("act", "")
    rows = drafts.changed(draft.rows, act, request.form.get("new_type", ""))
    return _form(segment, replace(draft, rows=rows, errors={}), added=len(rows) > len(draft.rows))


@blp.post("/preview")
@requires(Role.VIEWER)
def preview() -> str:
    """Whom the rules of the form find now; nothing is saved."""
    return render_template("segments/preview.html", preview=_previewed(drafts.rows_of(request.form), request.form))


def _previewed(rows: list[Any], source: Any) -> audience.Preview | None:
    if not rows or drafts.errors_of(rows) or any(not row.form.values for row in rows):
        return None
    match = "any" if source.get("match") == "any" else "all"
    try:
        return audience.preview(audience.ruled_anew(drafts.rules_of(rows, match)))
    except StoreNotFound:
        return None


def _tried(draft: Draft, act: Callable[[], Segment]) -> tuple[Draft, Segment | None]:
    """The segment, or the draft with what is wrong at which field."""
    made, errors = (None, draft.errors) if draft.errors else forms.tried(act, AT)
    return replace(draft, errors=errors), made


def _form(
    segment: Any, draft: Draft, *, stale: dict[str, Any] | None = None, added: bool = False, status: int = 200
) -> Response:
    stores = queries.store_names()
    shown = {"stores": stores, "titles": drafts.TITLES, "added": added, "most": MOST_RULES}
    found = _previewed(draft.rows, draft.typed)
    facts = {"segment": segment, "draft": draft, "form": draft.typed, "errors": draft.errors, "stale": stale}
    return htmx.render("segments/form.html", "form", status=status, preview=found, **facts, **shown)


def _stale_form(segment_id: int, draft: Draft) -> Response:
    segment = queries.segment(segment_id)
    now = drafts.saved(segment)
    stale = forms.differences(_summed_up(draft), _summed_up(now))
    return _form(
        segment, replace(draft, typed=draft.typed | {"version": now.typed["version"]}), stale=stale, status=409
    )


def _summed_up(draft: Draft) -> dict[str, str]:
    words = presentation.worded(draft.facts["rules"], queries.store_names()) if draft.facts.get("rules") else []
    joined = f" {'and' if draft.typed['match'] == 'all' else 'or'} ".join(words)
    return {"name": draft.typed["name"], "description": draft.typed["description"], "rules": joined}
