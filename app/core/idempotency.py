"""Idempotency-Key: the key row is claimed first and answered last, in the effect's own transaction.

Data: `idempotency_keys`, one row for (user, route, key). A twin in flight waits on that row's unique index for the
connection's lock timeout (300 ms), then replays what the first one stored or is asked to come back. A refusal rolls the
row back with everything else, so only successes are remembered. Crash before the commit: no row, no
effect. After: both.
"""

import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import Response, current_app, request
from sqlalchemy import BigInteger, Index, String, Text, delete, func, update
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import jsons
from app.core.context import principal
from app.core.db import Base, rows_of, session
from app.core.errors import IdempotencyInFlight, IdempotencyKeyInvalid, IdempotencyMismatch

VALID_KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag")


class IdempotencyKey(Base):
    """A success and the key under which it can be asked for again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    route: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None] = mapped_column(Text)
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (Index(None, "created_at"),)


def idempotent(view: Any) -> Any:
    """Mark a view that honours Idempotency-Key."""
    view.idempotent = True
    return view


def once(view: Any, call: Callable[[], Response]) -> Response:
    """Run the view, or replay the answer that its key already has."""
    key = request.headers.get("Idempotency-Key")
    who = principal()
    if key is None or who is None or not getattr(view, "idempotent", False):
        return call()
    if not VALID_KEY.fullmatch(key):
        raise IdempotencyKeyInvalid
    row = {"user_id": who.user_id, "route": str(request.endpoint), "key": key}
    replay = _claim(row, _fingerprint())
    if replay is not None:
        return replay
    response = call()
    _store(row, response)
    return response


def _claim(row: dict[str, Any], fingerprint: str) -> Response | None:
    claim = insert(IdempotencyKey).values(**row, fingerprint=fingerprint).on_conflict_do_nothing()
    try:
        claimed = session().execute(claim.returning(IdempotencyKey.key)).first()
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == "55P03":
            raise IdempotencyInFlight from error
        raise
    if claimed is not None:
        return None
    known = session().get(IdempotencyKey, (row["user_id"], row["route"], row["key"]))
    if known is None:  # forgotten between the two statements: free again
        raise IdempotencyInFlight
    if known.fingerprint != fingerprint:
        raise IdempotencyMismatch
    return _replayed(known)


def _replayed(known: IdempotencyKey) -> Response:
    response = Response(
        known.body, status=known.status or 200, mimetype="application/json", headers=known.headers or {}
    )
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _store(row: dict[str, Any], response: Response) -> None:
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    answer = {"status": response.status_code, "body": response.get_data(as_text=True), "headers": kept}
    session().execute(update(IdempotencyKey).filter_by(**row).values(**answer))


def _fingerprint() -> str:
    sent = request.get_data()
    body = orjson.dumps(jsons.body_of(request), option=orjson.OPT_SORT_KEYS) if sent and request.is_json else sent
    asked = [request.query_string] if request.query_string else []  # a dry run is another request
    told = b"\0".join((request.method.encode(), request.path.rstrip("/").encode(), body, *asked))
    # Made with our key: a body may hold a password, and from a bare hash of it one could be guessed.
    return hmac.digest(current_app.config["SECRET_KEY"].encode(), told, "sha256").hex()


def purge(*, hours: int) -> int:
    """Forget answers older than this."""
    old = delete(IdempotencyKey).where(IdempotencyKey.created_at < func.clock_timestamp() - timedelta(hours=hours))
    return rows_of(session().execute(old))
