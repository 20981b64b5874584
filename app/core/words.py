"""Names are found by how their words begin, in any order, along an index of words: letters and digits only."""

import re

from sqlalchemy import ColumnElement, cast, false, func, literal, literal_column
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 8
_PLAIN = cast(literal("simple"), REGCONFIG)


def words_of(name: str, code: str = "") -> str:
    """What an index of words is on, written as PostgreSQL writes it: `TEA-250` is the words `tea` and `250`."""
    both = f"({name}::text || ' '::text) || {code}::text" if code else f"{name}::text"
    plain = rf"regexp_replace(lower({both}), '[\W_]+'::text, ' '::text, 'g'::text)"
    return f"to_tsvector('simple'::regconfig, {plain})"


def begin_so(words: str, text: str) -> ColumnElement[bool]:
    """Each word that was typed begins one of these; signs part words and mean nothing."""
    typed = WORD.findall(text.lower())[:MOST_WORDS]
    if not typed:
        return false()
    asked = func.to_tsquery(_PLAIN, " & ".join(f"{word}:*" for word in typed))
    return literal_column(words, TSVECTOR).bool_op("@@")(asked)
