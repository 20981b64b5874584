"""`?fields=` shows those fields and no others."""

import pytest

from app.core.errors import ValidationFailed
from app.core.schemas import Integer, Schema, Secret, Text
from app.core.sparse import shown


class Thing(Schema):
    id = Integer()
    name = Text()
    colour = Text()
    password = Secret()


THING = {"id": 1, "name": "n", "colour": "c", "password": "p"}


@pytest.mark.parametrize(
    ("wanted", "fields"),
    [(None, ["id", "name", "colour"]), ("name", ["name"]), ("colour, id", ["id", "colour"]), ("id,,id,", ["id"])],
)
def test_the_wanted_fields_are_shown(wanted: str | None, fields: list[str]) -> None:
    assert shown(Thing, wanted).dump(THING) == {name: THING[name] for name in fields}


@pytest.mark.parametrize(
    ("wanted", "detail"),
    [
        ("", "Name at least one field. There are: id, name, colour."),
        (" , ", "Name at least one field. There are: id, name, colour."),
        ("id,price", "There is no field price. There are: id, name, colour."),
        ("password", "There is no field password. There are: id, name, colour."),
    ],
)
def test_an_unknown_field_is_refused_with_those_there_are(wanted: str, detail: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        shown(Thing, wanted)
    assert refused.value.figures["errors"] == [{"pointer": "/fields", "code": "invalid", "detail": detail}]
