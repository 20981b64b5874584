"""Every setting in one frozen object, read from the environment once; all faults are reported together."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from app.core.settings.declared import DEFAULT_LIVE_PORT, DEMO_PASSWORD, Settings
from app.core.settings.parsing import TRUE, Spec
from app.core.settings.sources import environment

__all__ = ["DEFAULT_LIVE_PORT", "SETTINGS", "Settings", "SettingsError", "example", "load"]

# docker-compose.yml reads it from .env, and gives all of .env to the programs.
OF_COMPOSE = {"HOLDFAST_IMAGE"}


class SettingsError(Exception):
    """The environment has faults; the text lists every one of them."""

    def __init__(self, faults: list[str]) -> None:
        """Keep the faults, one a line."""
        self.faults = faults
        super().__init__("The configuration has faults:\n" + "\n".join(f"  - {fault}" for fault in faults))


SETTINGS: list[Spec] = [field.metadata["spec"] for field in fields(Settings)]


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raise SettingsError with every fault at once."""
    faults: list[str] = []
    raw = environment(dict(os.environ if environ is None else environ), SETTINGS, faults)
    faults += _unknown_names(raw)
    values = {field.name: _parsed(field.metadata["spec"], raw, faults) for field in fields(Settings)}
    faults += _password_faults(raw)
    faults += _contradictions(values)
    if raw.get("HOLDFAST_ENV") == "production":
        faults += _production_faults(raw)
    if faults:
        raise SettingsError(faults)
    return Settings(**values)


def _parsed(spec: Spec, raw: Mapping[str, str], faults: list[str]) -> Any:
    value = raw.get(spec.name, "").strip() or spec.default
    try:
        return spec.parse(value)
    except ValueError as error:
        shown = "its value" if spec.secret else repr(value)
        faults.append(f"{spec.name}: {shown} is not valid: {error}.")
        return None


def _unknown_names(raw: Mapping[str, str]) -> list[str]:
    known = {spec.name for spec in SETTINGS} | {f"{spec.name}_FILE" for spec in SETTINGS if spec.secret} | OF_COMPOSE
    unknown = sorted(name for name in raw if name.startswith("HOLDFAST_") and name not in known)
    return [f"{name}: there is no such setting{_hint(name, known)}." for name in unknown]


def _hint(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _production_faults(raw: Mapping[str, str]) -> list[str]:
    found_by_others = {"REDIS_URL"} if raw.get("REDIS_SENTINELS") else set()
    faults = [
        f"{name}: production needs it; write where the server is."
        for name in ("DATABASE_URL", "REDIS_URL")
        if not raw.get(name) and name not in found_by_others
    ]
    key = raw.get("SECRET_KEY", "")
    if len(key) < 32 or len(set(key)) < 12:
        faults.append(
            "SECRET_KEY: production needs at least 32 random characters, such as `openssl rand -hex 32` prints."
        )
    if raw.get("ADMIN_PASSWORD") and raw["ADMIN_PASSWORD"] == (raw.get("DEMO_PASSWORD") or DEMO_PASSWORD):
        faults.append("ADMIN_PASSWORD: it is the demo password; choose another.")
    if raw.get("HOLDFAST_DEMO", "").strip().lower() in TRUE:
        faults.append("HOLDFAST_DEMO: demo logins have a known password; production refuses them. Write 0.")
    if raw.get("HOLDFAST_CRASH_POINT"):
        faults.append("HOLDFAST_CRASH_POINT: it kills processes on purpose; production refuses it.")
    return faults


def _password_faults(raw: Mapping[str, str]) -> list[str]:
    password = raw.get("ADMIN_PASSWORD", "")
    return ["ADMIN_PASSWORD: write 10 to 128 characters."] if password and not 10 <= len(password) <= 128 else []


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """What is fine alone and wrong beside another."""
    return _sentinels_of_a_socket(values) + _paid_back_too_soon(values) + _others_without_a_way(values)


def _sentinels_of_a_socket(values: Mapping[str, Any]) -> list[str]:
    if not values["redis_sentinels"] or not (values["redis_url"] or "").startswith("unix:"):
        return []
    return ["REDIS_SENTINELS: REDIS_URL is a socket of this host, which no sentinel watches; write redis:// there."]


def _paid_back_too_soon(values: Mapping[str, Any]) -> list[str]:
    absent, timeout = values["activation_absent_seconds"], values["partner_timeout_seconds"]
    if absent is None or timeout is None or absent > timeout:
        return []
    limit = f"PARTNER_TIMEOUT_SECONDS ({timeout:g})"
    return [f"ACTIVATION_ABSENT_SECONDS: {absent:g} is not above {limit}: what is still on its way would be paid back."]


def _others_without_a_way(values: Mapping[str, Any]) -> list[str]:
    """A provider or a partner that can never be asked; webhooks may be missing, for payments are asked for too."""
    provider = values["payment_provider"]
    needed = dict.fromkeys(_NEEDED.get(provider, ()), f"PAYMENT_PROVIDER={provider}")
    needed |= {"partner_key": "PARTNER_URL"} if values["partner_url"] else {}
    return [f"{name.upper()}: {by} needs it." for name, by in needed.items() if values[name] == ""]


_NEEDED = {"generic": ("payment_provider_url", "payment_provider_key"), "stripe": ("payment_provider_key",)}


def example() -> str:
    """The text of `.env.example`, made from the settings themselves."""
    lines = [
        "# Every setting of Holdfast with its default.",
        "# A secret NAME can also come from a file: NAME_FILE=/run/secrets/name.",
        "# It is for development. What a shop for customers sets stands in docs/deployment.md.",
    ]
    for spec in SETTINGS:
        lines += ["", f"# {spec.help}", f"{spec.name}={spec.default}"]
    return "\n".join(lines) + "\n"
