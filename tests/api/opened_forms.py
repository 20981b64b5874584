"""Forms as a browser has them: every field of a page with what stands in it."""

from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict

UNSENT = {"submit", "button", "image", "reset"}


class _Fields(HTMLParser):
    """The fields of every form of a page, by the address that the form is sent to."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, MultiDict[str, str]] = {}
        self._open: MultiDict[str, str] = MultiDict()
        self._name, self._text = "", ""
        self._chosen = False
        self._value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        if tag == "form":
            self._open = self.forms.setdefault(facts.get("action") or "", MultiDict())
        elif tag == "input":
            self._put(facts)
        elif tag in {"select", "textarea"}:
            self._name, self._text = facts["name"] or "", ""
        elif tag == "option":
            self._text, self._chosen, self._value = "", "selected" in facts, facts.get("value")

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._open.add(self._name, self._text.removeprefix("\n"))
        elif tag == "option" and self._chosen:
            self._open.add(self._name, self._text if self._value is None else self._value)

    def _put(self, facts: dict[str, str | None]) -> None:
        kind = facts.get("type")
        ticked = kind not in {"checkbox", "radio"} or "checked" in facts
        if ticked and kind not in UNSENT and "disabled" not in facts and facts.get("name"):
            self._open.add(facts["name"] or "", facts.get("value") or "")


def form_to(page: str, action: str) -> MultiDict[str, str]:
    """What a browser would send there; forms of one address count as one."""
    fields = _Fields()
    fields.feed(page)
    return fields.forms[action]
