"""What stores take and give in JSON."""

from marshmallow import validate

from app.core.schemas import Flag, Integer, ListQuery, Moment, Number, QueryFlag, Schema, Text, Zone


class StoreIn(Schema):
    """A store to open."""

    name = Text(required=True, validate=validate.Length(1, 100))
    latitude = Number(
        required=True, validate=validate.Range(-90, 90), metadata={"description": "Degrees north; 0 is a value."}
    )
    longitude = Number(
        required=True, validate=validate.Range(-180, 180), metadata={"description": "Degrees east; 0 is a value."}
    )
    timezone = Zone(required=True)
    is_active = Flag(load_default=True)


class StorePatch(Schema):
    """What to change of a store."""

    name = Text(validate=validate.Length(1, 100))
    latitude = Number(validate=validate.Range(-90, 90))
    longitude = Number(validate=validate.Range(-180, 180))
    timezone = Zone()
    is_active = Flag()


class StoreOut(Schema):
    """A store."""

    id = Integer()
    name = Text()
    latitude = Number()
    longitude = Number()
    timezone = Text()
    is_active = Flag()
    created_at = Moment(metadata={"type": "string", "format": "date-time"})
    updated_at = Moment(metadata={"type": "string", "format": "date-time"})


class StoreQuery(ListQuery):
    """Which stores, in which order."""

    q = Text(load_default=None, validate=validate.Length(max=100), metadata={"description": "Part of the name."})
    is_active = QueryFlag(load_default=None, metadata={"description": "Staff only; everybody else sees active stores."})
    ordering = Text(load_default="name", validate=validate.OneOf(["name", "-name", "newest", "oldest"]))
