"""What runs beside the product unless the real ones are given: a mail catcher and two simulators."""

import os
import socket
from dataclasses import dataclass

from app.core.settings import Settings
from devstack.errors import StackError
from devstack.ports import LOOPBACK, listen, listen_near

DEFAULT_SMTP_PORT = 1025
DEFAULT_MAIL_PAGE_PORT = 8025
DEFAULT_SIMULATOR_PORT = 8026
DEFAULT_PARTNER_PORT = 8027


@dataclass(frozen=True)
class Mail:
    """The sockets of the mail catcher."""

    smtp: socket.socket
    page: socket.socket

    @property
    def url(self) -> str:
        """Where its mails are read."""
        return address(self.page)


@dataclass(frozen=True)
class Simulator:
    """The socket of a simulator: that of payments, or that of the partner."""

    page: socket.socket

    @property
    def url(self) -> str:
        """Where it is asked, and where people look."""
        return address(self.page)


def address(listener: socket.socket) -> str:
    """The address of what listens there."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}/"


def mail_of(settings: Settings) -> Mail | None:
    """A catcher runs unless the mail server is elsewhere; ports that were asked for are taken or refused."""
    if settings.production or settings.smtp_host != LOOPBACK:
        return None
    take_smtp = listen_near if settings.smtp_port == DEFAULT_SMTP_PORT else listen
    page = _page("MAIL_PORT", DEFAULT_MAIL_PAGE_PORT)
    return Mail(smtp=take_smtp(settings.smtp_port, "SMTP_PORT"), page=page)


def simulator_of(settings: Settings) -> Simulator | None:
    """A simulator runs unless a provider is chosen; `PAYMENT_PROVIDER=none` chooses too."""
    chosen = os.environ.get("PAYMENT_PROVIDER") or settings.payment_provider != "none" or settings.payment_provider_url
    return None if settings.production or chosen else Simulator(_page("SIMULATOR_PORT", DEFAULT_SIMULATOR_PORT))


def partner_of(settings: Settings) -> Simulator | None:
    """A partner is simulated unless there is one."""
    given = settings.production or settings.partner_url
    return None if given else Simulator(_page("PARTNER_PORT", DEFAULT_PARTNER_PORT))


def _page(variable: str, usual: int) -> socket.socket:
    given = os.environ.get(variable, "")
    if given and not (given.isascii() and given.isdigit() and 0 < int(given) < 65536):
        raise StackError(f"{variable}: {given!r} is not a port")
    return listen(int(given), variable) if given else listen_near(usual, variable)
