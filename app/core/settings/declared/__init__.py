"""What a deployment can set: one field for each environment variable, by topic."""

from dataclasses import dataclass

from app.core.settings.declared.accounts import Accounts
from app.core.settings.declared.activations import Activations
from app.core.settings.declared.buys import Buys
from app.core.settings.declared.deployment import DEMO_PASSWORD, Deployment
from app.core.settings.declared.edge import Edge
from app.core.settings.declared.live import DEFAULT_LIVE_PORT, Live
from app.core.settings.declared.mail import Mail
from app.core.settings.declared.partner import Partner
from app.core.settings.declared.payments import Payments
from app.core.settings.declared.promos import Promos
from app.core.settings.declared.selling import Selling
from app.core.settings.declared.work import Work

__all__ = ["DEFAULT_LIVE_PORT", "DEMO_PASSWORD", "Settings"]


@dataclass(frozen=True, kw_only=True)
class Settings(Live, Buys, Mail, Work, Activations, Partner, Payments, Edge, Promos, Selling, Accounts, Deployment):
    """What a deployment can set; the topics stand in `.env.example` from the last one named here to the first."""

    @property
    def production(self) -> bool:
        """Whether this is a real deployment."""
        return self.env == "production"

    @property
    def base_url(self) -> str:
        """The address that links in mails begin with."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def cookies_over_https_only(self) -> bool:
        """Whether cookies carry the Secure flag."""
        return self.production if self.cookie_secure == "auto" else self.cookie_secure == "1"
