"""What the audit log takes and gives in JSON."""

from marshmallow import fields, validate

from app.core.schemas import Integer, ListQuery, Moment, QueryInteger, Schema, Text

SOURCES = ("api", "console", "job", "cli")
MOMENT = {"type": "string", "format": "date-time"}


class AuditEntryOut(Schema):
    """Who did what to which object, from where."""

    id = Integer()
    at = Moment(metadata=MOMENT)
    actor_id = Integer(allow_none=True, metadata={"description": "Null when nobody signed in, such as in a job."})
    actor_name = Text(metadata={"description": "The name at that time; `system` when nobody signed in."})
    actor_role = Text(allow_none=True, metadata={"description": "The role at that time."})
    action = Text(metadata={"example": "store.updated"})
    object_type = Text(metadata={"example": "store"})
    object_id = Text(metadata={"example": "5"})
    old = fields.Dict(metadata={"description": "The fields that changed, as they were; empty for what is new."})
    new = fields.Dict(metadata={"description": "The fields that changed, as they became; empty for what is gone."})
    request_id = Text(metadata={"description": "The `X-Request-ID` of the request that did it or asked for it."})
    source = Text(validate=validate.OneOf(SOURCES))


class AuditQuery(ListQuery):
    """Which entries; everything that is given must hold."""

    actor_id = QueryInteger(load_default=None, metadata={"description": "The user's id."})
    actor = Text(
        load_default=None, validate=validate.Length(1, 100), metadata={"description": "The name, in any case."}
    )
    action = Text(
        load_default=None,
        validate=validate.Length(1, 60),
        metadata={
            "description": "One action, such as `store.updated`; with a dot at its end, such as `store.`, "
            "every action that begins with it."
        },
    )
    object_type = Text(load_default=None, validate=validate.Length(1, 40))
    object_id = Text(
        load_default=None,
        validate=validate.Length(1, 40),
        metadata={"description": "Ids of numbers are unique only together with `object_type`."},
    )
    source = Text(load_default=None, validate=validate.OneOf(SOURCES))
    request_id = Text(load_default=None, validate=validate.Length(1, 128))
    since = Moment(load_default=None, metadata=MOMENT | {"description": "Not before this moment."})
    until = Moment(load_default=None, metadata=MOMENT | {"description": "Before this moment, which is left out."})
