"""What the web believes, remembers and allows to others."""

from dataclasses import dataclass

from app.core.settings.parsing import one_of, origins, setting, whole


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What the web believes, remembers and allows to others."""

    cookie_secure: str = setting(
        "COOKIE_SECURE", one_of("auto", "0", "1"), "auto", "Send cookies over https only; auto means in production."
    )
    idempotency_hours: int = setting(
        "IDEMPOTENCY_HOURS", whole(24, 8760), "24", "How long an Idempotency-Key is remembered."
    )
    cors_origins: tuple[str, ...] = setting(
        "CORS_ORIGINS", origins, "", "Origins whose browsers may call the API, comma-separated, or *."
    )
    trusted_proxy_hops: int = setting(
        "TRUSTED_PROXY_HOPS", whole(0, 10), "0", "Proxies in front whose X-Forwarded-* are believed."
    )
