"""`.env.example` lists exactly the settings that exist, with their defaults."""

import re
from collections.abc import Iterable, Iterator

from app.core.settings import SETTINGS
from tests.architecture.source import ROOT

LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def differences(example: str, settings: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    listed = {match[1]: match[2] for match in map(LINE.fullmatch, example.splitlines()) if match}
    defaults = {name: default for name, default, _ in settings}
    yield from (f"{name} is no setting" for name in sorted(listed.keys() - defaults.keys()))
    yield from (f"{name} is not listed" for name in sorted(defaults.keys() - listed.keys()))
    for name, default, explanation in settings:
        if listed.get(name, default) != default:
            yield f"{name} has the default {default!r}, the file says {listed[name]!r}"
        if explanation not in example:
            yield f"{name} is not explained"


def test_the_example_lists_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert list(differences(example, [(spec.name, spec.default, spec.help) for spec in SETTINGS])) == []


def test_each_difference_is_found() -> None:
    settings = [("PORT", "8000", "Port."), ("WORKERS", "2", "Web processes.")]
    assert not list(differences("# Port.\nPORT=8000\n# Web processes.\nWORKERS=2\n", settings))
    assert list(differences("# Port.\nPORT=80\nGONE=1\n", settings)) == [
        "GONE is no setting",
        "WORKERS is not listed",
        "PORT has the default '8000', the file says '80'",
        "WORKERS is not explained",
    ]
