"""Templates live under a policy that runs nothing inline and trust no text of users."""

import re
from collections.abc import Iterator

from tests.architecture.source import Source, faults, files, sample

INLINE = {
    "an inline script": r"<script\b(?![^>]*\bsrc\s*=)",
    "a style element": r"<style\b",
    "a style attribute": r"\sstyle\s*=\s*[\"'{]",
    "an event handler attribute": r"(?<!set)\s(?:hx-)?on[a-z:-]+\s*=\s*[\"']",
    "a script URL": r"javascript:",
    "an htmx expression": r"[\"']\s*js:",
    "a file of another host": r"\b(?:src|href)\s*=\s*[\"'](?:https?:)?//[^\"']+\.(?:js|css|png|svg|woff2?)\b",
    "text that skips escaping": r"[^'\"\s]\s*\|\s*safe\b|autoescape\s+false",
}


# What is sent by mail is read elsewhere; its style is written into the tags when it is rendered.
MAIL = ("templates", "mail")


def inline(source: Source) -> Iterator[str]:
    if source.path.parts[:2] == MAIL:
        return
    for what, pattern in INLINE.items():
        for match in re.finditer(pattern, source.text, re.IGNORECASE):
            line = source.text.count("\n", 0, match.start()) + 1
            yield f"line {line}: {what}"


def test_templates_contain_nothing_inline() -> None:
    assert faults(inline, files("templates", "*.html")) == []


def test_each_kind_of_inline_content_is_found() -> None:
    for bad in (
        "<script>x()</script>",
        '<script type="module">x()</script>',
        "<style>p {}</style>",
        '<p style="color: red">',
        "<button onclick='x()'>",
        '<div hx-on:click="x()">',
        '<a href="javascript:x()">',
        "<div hx-vals='js:{a: 1}'>",
        '<link href="https://cdn.example/app.css">',
        "{{ name|safe }}",
        "{% autoescape false %}",
    ):
        assert list(inline(sample("templates/x.html", bad))), bad


def test_what_is_allowed_passes() -> None:
    for fine in (
        """<script src="{{ static_url('js/app.js') }}" defer></script>""",
        """<p {{ 'role="alert"'|safe if failed }}>""",
        '{% set once = "a" %}<p data-on="x" class="style">',
    ):
        assert not list(inline(sample("templates/x.html", fine)))
