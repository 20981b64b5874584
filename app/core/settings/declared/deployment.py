"""Where it runs, with what, and how long it waits."""

from dataclasses import dataclass

from app.core.settings.parsing import (
    addresses,
    currency,
    flag,
    master_name,
    one_of,
    postgresql,
    seconds,
    setting,
    text,
    url,
    whole,
    zone,
)

DEMO_PASSWORD = "holdfast-demo"  # noqa: S105 - known on purpose, and refused in production


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Where it runs, with what, and how long it waits."""

    env: str = setting(
        "HOLDFAST_ENV",
        one_of("development", "test", "production"),
        "development",
        "development, test or production. production demands explicit URLs and strong secrets.",
    )
    home: str = setting(
        "HOLDFAST_HOME", text, "./var", "Folder of what the local stack keeps: databases, mails, secrets."
    )
    port: int = setting("PORT", whole(1, 65535), "8000", "Port of the web process.")
    public_url: str = setting(
        "PUBLIC_URL", url("http", "https"), "", "Address that users see, without a slash at the end; used in links."
    )
    database_url: str = setting(
        "DATABASE_URL",
        postgresql(takes_writes=True),
        "",
        "PostgreSQL 15 or newer; several servers as one:5432,two:5432 with target_session_attrs=read-write. "
        "Given: no embedded server is started.",
        secret=True,
    )
    database_read_url: str = setting(
        "DATABASE_READ_URL",
        postgresql(takes_writes=False),
        "",
        "A replica of PostgreSQL that reports and exports are read from. Empty: they are read from the primary.",
        secret=True,
    )
    database_read_lag_seconds: float = setting(
        "DATABASE_READ_LAG_SECONDS",
        seconds(2, 3600),
        "10",
        "A replica that is further behind than this is not asked.",
    )
    pg_bin: str = setting(
        "PG_BIN", text, "", "Folder of pg_dump and pg_restore, not older than the server. Empty: PATH is searched."
    )
    redis_url: str = setting(
        "REDIS_URL",
        url("redis", "rediss", "unix"),
        "",
        "Redis 7 or Valkey. Given: no embedded server is started.",
        secret=True,
    )
    redis_sentinels: tuple[tuple[str, int], ...] = setting(
        "REDIS_SENTINELS",
        addresses,
        "",
        "Sentinels as host:port, comma-separated. Given: they say where Redis is; REDIS_URL keeps user, password, "
        "database and TLS.",
    )
    redis_sentinel_master: str = setting(
        "REDIS_SENTINEL_MASTER", master_name, "holdfast", "What the sentinels call the master."
    )
    redis_sentinel_password: str = setting(
        "REDIS_SENTINEL_PASSWORD", text, "", "Password of the sentinels, if they want one.", secret=True
    )
    secret_key: str = setting(
        "SECRET_KEY", text, "", "Signs tokens, cookies and cursors: at least 32 random characters.", secret=True
    )
    admin_username: str = setting("ADMIN_USERNAME", text, "admin", "Name of the first admin, made by `flask prepare`.")
    admin_password: str = setting(
        "ADMIN_PASSWORD",
        text,
        "",
        "Password of the first admin, 10 to 128 characters. Empty: none is made.",
        secret=True,
    )
    demo: bool = setting(
        "HOLDFAST_DEMO", flag, "1", "Fill an embedded database with demo data and logins. Ignored in production."
    )
    embedded: bool = setting(
        "DATABASE_EMBEDDED",
        flag,
        "0",
        "Set by `make run`: the database is its own, so demo data may go in. 1 by hand forces it.",
    )
    demo_password: str = setting("DEMO_PASSWORD", text, DEMO_PASSWORD, "Password of every demo login.", secret=True)
    currency: str = setting("CURRENCY", currency, "EUR", "The one currency of the shop (ISO 4217).")
    business_zone: str = setting(
        "BUSINESS_TIMEZONE", zone, "UTC", "IANA time zone that decides what a business day is."
    )
    workers: int = setting("WORKERS", whole(1, 64), "2", "Web processes.")
    web_threads: int = setting(
        "WEB_THREADS", whole(1, 64), "8", "Threads of a web process; also its database connections."
    )
    statement_timeout_ms: int = setting(
        "DB_STATEMENT_TIMEOUT_MS", whole(100, 600000), "2000", "Longest statement of a web request."
    )
    lock_timeout_ms: int = setting("DB_LOCK_TIMEOUT_MS", whole(50, 60000), "300", "Longest wait for a row lock.")
    queue_timeout_ms: int = setting(
        "QUEUE_TIMEOUT_MS",
        whole(100, 600000),
        "1000",
        "Longest wait for a thread of a web process; while the first in line has waited so long, more are refused.",
    )
    pool_timeout_ms: int = setting(
        "DB_POOL_TIMEOUT_MS", whole(50, 60000), "500", "Longest wait for a database connection before 503."
    )
