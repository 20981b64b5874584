"""What the page of preferences takes."""

from marshmallow import validate

from app.core.context import THEMES
from app.core.schemas import Flag, Schema, Text, Zone


class PreferencesIn(Schema):
    """How somebody wants the console to be; a zone that is left out is none."""

    zone = Zone(load_default="")
    theme = Text(required=True, validate=validate.OneOf(THEMES))
    shortcuts = Flag(load_default=False)
