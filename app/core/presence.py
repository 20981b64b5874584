"""Since when the service is up: kept in one row, so that every process says the same.

Each web process says every few seconds that it is here, on a connection that bears its name: so PostgreSQL knows how
many there are, on whatever machines. One that finds nobody was here for three times as long is the
first of a new stretch. A process that dies, or is replaced while others serve, changes nothing.
"""

import os
from datetime import datetime
from socket import gethostname
from threading import Event, Thread

import structlog
from flask import Flask
from sqlalchemy import CheckConstraint, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db, standstill
from app.core.db import Base
from app.core.errors import DatabaseUnavailable
from app.core.settings import Settings
from app.core.web import settings_of

log = structlog.get_logger("holdfast.presence")

MISSED = 3
WEB = "holdfast web "
LONGEST_HOST = 40  # PostgreSQL keeps 63 characters of a name


class Presence(Base):
    """When the service began to be there, and when somebody last was."""

    __tablename__ = "service_presence"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    began_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), server_default=func.clock_timestamp())

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


_SAY = text("""
    INSERT INTO service_presence AS p (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET
        began_at = CASE
            WHEN p.seen_at < clock_timestamp() - make_interval(secs => :gone) THEN clock_timestamp() ELSE p.began_at
        END,
        seen_at = clock_timestamp()
    WHERE p.seen_at < clock_timestamp() - make_interval(secs => :often)
""")


def say(settings: Settings) -> None:
    """Say that somebody is here, unless somebody has just said so."""
    standstill.refuse()
    often = settings.presence_seconds
    db.connection().execute(_SAY, {"often": often / 2, "gone": often * MISSED})


def keep(app: Flask) -> None:
    """Say so for as long as this process lives."""
    os.environ["PGAPPNAME"] = f"{WEB}{gethostname()[:LONGEST_HOST]}:{os.getpid()}"
    Thread(target=_keep, args=(app, settings_of(app)), name="presence", daemon=True).start()


def _keep(app: Flask, settings: Settings) -> None:
    pause = Event()
    while True:
        try:
            with app.app_context(), db.statement():
                say(settings)
        except (SQLAlchemyError, DatabaseUnavailable) as fault:
            log.warning("nobody could be told that this process is here", fault=type(fault).__name__)
        pause.wait(settings.presence_seconds)
