"""What identity adds to the work of lower domains."""

from flask import current_app

from app.core.web import settings_of
from app.identity.service import links
from app.mail import service as mail


def _link_of(mail_key: str) -> str:
    return links.address_of(mail_key, settings_of(current_app))


for kind in links.KINDS:
    mail.fill_at_delivery(kind, _link_of)
