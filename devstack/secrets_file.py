"""Files of NAME=value lines that only their owner reads."""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def kept_secrets(path: Path) -> dict[str, str]:
    """The secrets of this folder's stack, made at the first start."""
    try:
        found = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    except FileNotFoundError:
        found = {}
    wanted = {
        "SECRET_KEY": secrets.token_hex(32),
        "ADMIN_PASSWORD": secrets.token_urlsafe(15),
        "PAYMENT_PROVIDER_KEY": secrets.token_urlsafe(24),
        "PARTNER_KEY": secrets.token_urlsafe(24),
        "PAYMENT_WEBHOOK_SECRETS": f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}",
    }
    if not wanted.keys() <= found.keys():
        write_private(path, wanted | found)
    return wanted | found


def write_private(path: Path, values: Mapping[str, str]) -> None:
    """Replaces the file in one step, readable by its owner only."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    unfinished.replace(path)
