"""The process that holds event streams."""

from dataclasses import dataclass

from app.core.settings.parsing import origin_or_port, seconds, setting, whole

DEFAULT_LIVE_PORT = 8028


@dataclass(frozen=True, kw_only=True)
class Live:
    """The process that holds event streams."""

    live_port: int = setting("LIVE_PORT", whole(1, 65535), str(DEFAULT_LIVE_PORT), "Port of the live process.")
    live_url: str = setting(
        "LIVE_URL",
        origin_or_port,
        "",
        "Where browsers reach live: an origin, :port on the console's host, or empty behind a proxy that routes to it.",
    )
    live_streams: int = setting("LIVE_STREAMS", whole(1, 20000), "1000", "Streams that a live process holds at most.")
    live_streams_per_user: int = setting(
        "LIVE_STREAMS_PER_USER", whole(1, 1000), "12", "Streams of one user at most, in a live process."
    )
    live_snapshot_seconds: float = setting(
        "LIVE_SNAPSHOT_SECONDS", seconds(0.05, 60), "0.25", "Shortest time between two snapshots of what is watched."
    )
    live_heartbeat_seconds: float = setting(
        "LIVE_HEARTBEAT_SECONDS", seconds(0.05, 60), "3", "A stream without news says so often that it is there."
    )
    live_recheck_seconds: float = setting(
        "LIVE_RECHECK_SECONDS", seconds(0.1, 60), "30", "How often a stream looks whether its session still lives."
    )
    live_send_seconds: float = setting(
        "LIVE_SEND_SECONDS", seconds(0.1, 600), "20", "A reader who takes nothing for so long is let go."
    )
    live_inbox_seconds: float = setting(
        "LIVE_INBOX_SECONDS", seconds(0.05, 60), "1", "How often live looks for new notifications of those who listen."
    )
