"""What the form of a kept list says."""

from marshmallow import validate

from app.core.schemas import Flag, Schema, Text


class ViewForm(Schema):
    """A list of the console, its filter as it stands in the address, and the name under which it is kept."""

    list = Text(required=True, validate=validate.Length(1, 100))
    query = Text(required=True, validate=validate.Length(1, 2000))
    name = Text(required=True, validate=validate.Length(1, 40))
    is_shared = Flag(load_default=False)
