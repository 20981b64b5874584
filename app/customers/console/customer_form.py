"""Making a customer and changing one, by a form."""

from typing import Any

from flask import Response, flash, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core import forms, htmx
from app.core.access import requires
from app.core.errors import AppError, Stale
from app.core.roles import Role
from app.customers.console.customers import blp
from app.customers.queries import customers as queries
from app.customers.queries import segments as segment_queries
from app.customers.schemas.customers import CustomerForm, NewCustomerForm
from app.customers.service import customers as service
from app.identity.errors import EmailTaken, UsernameTaken

OPT_INS = ("in_app_opt_in", "email_opt_in")
FIELDS = ("first_name", "last_name", "latitude", "longitude", *OPT_INS)
EMPTY = dict.fromkeys(("username", "email", *FIELDS), "") | {"in_app_opt_in": "true"}
AT: dict[type[AppError], str] = {UsernameTaken: "username", EmailTaken: "email"}


@blp.get("/new")
@requires(Role.OPERATOR)
def new() -> Response:
    """An empty form."""
    return _form(None, EMPTY, {}, chosen=[])


@blp.post("")
@requires(Role.OPERATOR)
def create() -> AnyResponse:
    """Make the customer of the form."""
    form, chosen = forms.read(NewCustomerForm, request.form), _chosen()
    made, errors = (None, form.errors) if form.errors else _created(form.values | {"segment_ids": chosen})
    if made is None:
        return _form(None, form.typed, errors, chosen=chosen, status=422)
    flash(f"{form.values['username']} is made. The password is set by the mail for a forgotten one.", "ok")
    return htmx.go(url_for("customers_console.customers.detail", customer_id=made))


@blp.get("/<id:customer_id>/edit")
@requires(Role.OPERATOR)
def edit(customer_id: int) -> Response:
    """The form with what the customer is now."""
    customer = queries.customer(customer_id)
    return _form(customer, _saved(customer) | {"version": str(customer.version)}, {}, chosen=customer.segment_ids)


@blp.post("/<id:customer_id>")
@requires(Role.OPERATOR)
def update(customer_id: int) -> AnyResponse:
    """Change the customer, unless somebody else did meanwhile."""
    form, chosen = forms.read(CustomerForm, request.form), _chosen()
    typed = form.typed | {"version": request.form.get("version", "")}
    asked: dict[str, Any] = {"changes": form.values | {"segment_ids": chosen}, "expected": {forms.version(typed)}}
    try:
        done, errors = (None, form.errors) if form.errors else _changed(customer_id, asked)
    except Stale:
        return _stale_form(customer_id, typed, chosen)
    if done is None:
        return _form(queries.customer(customer_id), typed, errors, chosen=chosen, status=422)
    flash("Changes saved.", "ok")
    return htmx.go(url_for("customers_console.customers.detail", customer_id=customer_id))


def _created(facts: dict[str, Any]) -> tuple[int | None, dict[str, str]]:
    return forms.tried(lambda: service.create_customer(**facts), AT)


def _changed(customer_id: int, asked: dict[str, Any]) -> tuple[int | None, dict[str, str]]:
    return forms.tried(lambda: service.update_customer(customer_id=customer_id, **asked), AT)


def _saved(customer: Any) -> dict[str, str]:
    return {name: "" if text == "None" else text for name, text in forms.typed(customer, FIELDS).items()}


def _chosen() -> list[int]:
    found = request.form.getlist("segment_ids")
    return [int(text) for text in found if text.isdecimal() and len(text) < 19]


def _form(
    customer: Any,
    form: dict[str, str],
    errors: dict[str, str],
    *,
    chosen: list[int],
    stale: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    values = {"customer": customer, "form": form, "errors": errors, "stale": stale, "chosen": chosen}
    return htmx.render("customers/form.html", "form", status=status, segments=segment_queries.manual(), **values)


def _stale_form(customer_id: int, typed: dict[str, str], chosen: list[int]) -> Response:
    customer = queries.customer(customer_id)
    names = {row.id: row.name for row in segment_queries.manual()}
    mine = typed | {name: typed[name] or "false" for name in OPT_INS} | {"segment_ids": _listed(names, chosen)}
    theirs = _saved(customer) | {"segment_ids": _listed(names, customer.segment_ids)}
    stale = forms.differences(mine, theirs)
    return _form(customer, typed | {"version": str(customer.version)}, {}, chosen=chosen, stale=stale, status=409)


def _listed(names: dict[int, str], segment_ids: list[int]) -> str:
    return ", ".join(sorted(names[each] for each in segment_ids if each in names))
