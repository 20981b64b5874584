"""Where it runs, with what, and how long it waits."""

from dataclasses import dataclass

from app.core.settings.parsing import currency, flag, one_of, setting, text, url, whole, zone

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
        url("postgresql", "postgres"),
        "",
        "PostgreSQL 15 or newer. Given: no embedded server is started.",
        secret=True,
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
    pool_timeout_ms: int = setting(
        "DB_POOL_TIMEOUT_MS", whole(50, 60000), "500", "Longest wait for a database connection before 503."
    )
