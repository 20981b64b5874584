"""What a stack consists of, decided from the settings before anything starts."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from app.core.settings import DEFAULT_LIVE_PORT, Settings, load
from devstack.companions import Mail, Simulator, mail_of, partner_of, simulator_of
from devstack.errors import StackError
from devstack.folders import private_folder
from devstack.locks import FolderLock
from devstack.ports import LOOPBACK, listen, listen_near
from devstack.postgres import Postgres, binary
from devstack.secrets_file import kept_secrets
from devstack.server import Server
from devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "holdfast"


@dataclass(frozen=True)
class Plan:
    """A stack that can start: its settings are right, its folder and ports are its own."""

    settings: Settings
    home: Path
    lock: FolderLock
    reload: bool
    web: socket.socket
    live: socket.socket
    mail: Mail | None
    simulator: Simulator | None
    partner: Simulator | None
    postgres: Postgres | None
    valkey: Valkey | None

    @property
    def stack_file(self) -> Path:
        """Where other terminals find the running stack."""
        return _stack_file(self.home)

    @property
    def servers(self) -> list[Server]:
        """The embedded servers, in the order of their start."""
        return [server for server in (self.postgres, self.valkey) if server is not None]

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://{LOOPBACK}:{self.settings.port}"

    @property
    def live_port(self) -> int:
        """Where the live process answers."""
        port: int = self.live.getsockname()[1]
        return port

    @property
    def metrics(self) -> Path:
        """Where all programs write their figures, for one scrape."""
        return Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or self.home / "run" / "metrics").absolute()

    def connections(self) -> dict[str, str]:
        """The variables by which any process reaches this stack; servers must have started."""
        settings = self.settings
        found = {
            "DATABASE_URL": self.postgres.url(DATABASE) if self.postgres else settings.database_url,
            "REDIS_URL": self.valkey.url(0) if self.valkey else settings.redis_url,
            "PORT": str(settings.port),
            "LIVE_PORT": str(self.live_port),
            "LIVE_URL": settings.live_url or ("" if settings.production else f":{self.live_port}"),
            "SECRET_KEY": settings.secret_key,
            "ADMIN_PASSWORD": settings.admin_password,
        }
        if not settings.production:
            ours = kept_secrets(self.home / "secrets.env")
            found["SECRET_KEY"] = settings.secret_key or ours["SECRET_KEY"]
            found["ADMIN_PASSWORD"] = settings.admin_password or (
                settings.demo_password if settings.demo else ours["ADMIN_PASSWORD"]
            )
        if self.postgres is not None:
            found |= {"DATABASE_EMBEDDED": "1", "PG_BIN": settings.pg_bin or str(binary("pg_dump").parent)}
        if self.mail is not None:
            found |= {
                "SMTP_HOST": LOOPBACK,
                "SMTP_PORT": str(self.mail.smtp.getsockname()[1]),
                "MAIL_UI_URL": self.mail.url,
            }
        if self.simulator is not None:
            found |= self._provider(self.simulator)
        if self.partner is not None:
            ours = kept_secrets(self.home / "secrets.env")
            found |= {"PARTNER_URL": self.partner.url, "PARTNER_KEY": settings.partner_key or ours["PARTNER_KEY"]}
        return {name: value for name, value in found.items() if value}

    def _provider(self, simulator: Simulator) -> dict[str, str]:
        ours, given = kept_secrets(self.home / "secrets.env"), self.settings
        return {
            "PAYMENT_PROVIDER": "generic",
            "PAYMENT_PROVIDER_URL": simulator.url,
            "PAYMENT_PROVIDER_KEY": given.payment_provider_key or ours["PAYMENT_PROVIDER_KEY"],
            "PAYMENT_WEBHOOK_SECRETS": ",".join(given.payment_webhook_secrets) or ours["PAYMENT_WEBHOOK_SECRETS"],
        }

    def environment(self, **own: str) -> dict[str, str]:
        """The environment of the stack's programs, with what one of them has for itself."""
        settings = self.settings
        workers = 1 if self.reload else settings.workers
        ours = {
            "HOLDFAST_HOME": str(self.home),
            "WORKERS": str(workers),
            "WEB_THREADS": str(settings.web_threads),
            "LOG_FORMAT": os.environ.get("LOG_FORMAT") or ("console" if sys.stdout.isatty() else settings.log_format),
            "BIND": f"fd://{self.web.fileno()}",
            "PYTHONUNBUFFERED": "1",
            "PROMETHEUS_MULTIPROC_DIR": str(self.metrics),
        }
        return dict(os.environ) | ours | self.connections() | own


def make_plan(*, reload: bool) -> Plan:
    """Checks everything that can be wrong, and takes the folder and the ports."""
    if reload and os.environ.get("WORKERS", "1") != "1":
        raise StackError("`make dev` reloads one web process: leave WORKERS out, or use `make run WORKERS=…`")
    home = private_folder(Path(load().home))
    lock = FolderLock(private_folder(home / "run"), busy=f"another stack is using {home}: choose another HOLDFAST_HOME")
    lock.take()
    # A stack that was killed left it behind; its addresses are not settings of this one.
    _stack_file(home).unlink(missing_ok=True)
    settings = load()
    return Plan(
        settings=settings,
        home=home,
        lock=lock,
        reload=reload,
        web=listen(settings.port, "PORT"),
        live=(listen_near if settings.live_port == DEFAULT_LIVE_PORT else listen)(settings.live_port, "LIVE_PORT"),
        mail=mail_of(settings),
        simulator=simulator_of(settings),
        partner=partner_of(settings),
        postgres=None if settings.database_url else Postgres(home),
        valkey=None if settings.redis_url or settings.redis_sentinels else Valkey(home),
    )


def _stack_file(home: Path) -> Path:
    return home / "run" / "stack.env"
