"""Lists that somebody keeps under a name: the menu on each list page, saving and deleting.

A view is a path and its query. What a list does not know any more is ignored by the list, so an old view never breaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, flash, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from app.console.console.home import blp
from app.console.errors import NoListThere
from app.console.queries import views as queries
from app.console.schemas import ViewForm
from app.console.service import views as service
from app.core import forms, htmx
from app.core.access import caller, requires
from app.core.context import principal
from app.core.roles import Role

NOT_KEPT = {"cursor"}


@dataclass(frozen=True)
class Kept:
    """The kept views of the list that is shown, and the filter that could be kept."""

    path: str
    query: str
    views: Sequence[Any]

    @property
    def current(self) -> Any:
        """The view that is shown now, if it is one."""
        return next((view for view in self.views if view.query == self.query), None)


@blp.post("/views")
@requires(Role.VIEWER)
def save_view() -> AnyResponse:
    """Keep the list with its filter under a name."""
    form, who = forms.read(ViewForm, request.form), caller()
    path, query = _place(form.typed)
    if form.errors:
        flash("A view needs a name of at most 40 letters.", "error")
        return htmx.go(f"{path}?{query}")
    shared = form.values["is_shared"] and who.can(Role.OPERATOR)
    service.save(user_id=who.user_id, path=path, name=form.values["name"].strip(), query=query, is_shared=shared)
    flash(f"The view “{form.values['name'].strip()}” is saved.", "ok")
    return htmx.go(f"{path}?{query}")


@blp.post("/views/<id:view_id>/delete")
@requires(Role.VIEWER)
def delete_view(view_id: int) -> AnyResponse:
    """Forget a view; the list stays as it is."""
    who = caller()
    view = service.forget(view_id=view_id, user_id=who.user_id, others_too=who.can(Role.ADMIN))
    flash(f"The view “{view.name}” is deleted.", "ok")
    return htmx.go(view.list)


@blp.app_template_global()
def kept_views() -> Kept | None:
    """What a list page offers; nothing where the list is a part of another page."""
    who, around = principal(), urlsplit(request.headers.get("HX-Current-URL", "")).path
    if who is None or (around and around != request.path):
        return None
    return Kept(request.path, plain(request.args.to_dict()), queries.views(request.path, user_id=who.user_id))


def plain(args: Mapping[str, str]) -> str:
    """A filter in one way of writing: sorted, without what is empty and without the place in the list."""
    return urlencode(sorted((name, text) for name, text in args.items() if text and name not in NOT_KEPT))


def _place(typed: Mapping[str, str]) -> tuple[str, str]:
    """The address of a page of ours that needs nothing but its path, and a filter of it."""
    path, query = typed["list"], plain(dict(parse_qsl(typed["query"])))
    try:
        _, named = current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]  # a request has one
    except HTTPException as error:
        raise NoListThere from error
    if named or not path.startswith("/console/") or not query or len(query) > 2000:
        raise NoListThere
    return path, query
