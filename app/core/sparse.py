"""`?fields=a,b`: only those fields of an answer."""

from functools import lru_cache
from typing import Any

from app.core.errors import ValidationFailed
from app.core.schemas import Schema


def shown(schema: type[Schema], wanted: str | None) -> Schema:
    """The schema that dumps only the wanted fields; an unknown one is refused."""
    if wanted is None:
        return _narrowed(schema, None)
    names = tuple(dict.fromkeys(name.strip() for name in wanted.split(",") if name.strip()))
    known = _narrowed(schema, None).dump_fields
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        detail = f"There is no field {unknown[0]}." if unknown else "Name at least one field."
        raise ValidationFailed(
            [{"pointer": "/fields", "code": "invalid", "detail": f"{detail} There are: {', '.join(known)}."}]
        )
    return _narrowed(schema, names)


@lru_cache(maxsize=256)
def _narrowed(schema: type[Schema], names: tuple[str, ...] | None) -> Schema:
    only: Any = names
    return schema(only=only)
