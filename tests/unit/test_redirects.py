"""After signing in a browser is sent to the console and nowhere else."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.identity.console.login import _safe

HOME = "/console/"
PIECES = ["/", "\\", "//", "console", "..", ".", ":", "@", "%2f", "%5c", "%2e", "evil.example", "https:", "javascript:"]
ADDRESSES = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*PIECES, "?", "#", "\r\n", "\t", "\0", " ", "☃", "[", "]", "a=b"])).map("".join),
    st.text().map(lambda text: f"/console/{text}"),
)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/console/stores", "/console/stores"),
        ("/console", "/console"),
        ("/console/stores?q=a+b&cursor=x%2Fy", "/console/stores?q=a+b&cursor=x%2Fy"),
        ("/console/stores#top", "/console/stores"),
        ("https://shop.example/console/stores?q=a", "/console/stores?q=a"),
        ("/console/stores?q=☃", "/console/stores?q=%E2%98%83"),
    ],
)
def test_a_page_of_the_console_is_gone_to(address: str, place: str) -> None:
    assert _safe(address) == place


@pytest.mark.parametrize(
    "address",
    [
        *(None, "", " ", "/", "stores", "console", "/consolex", "/api/v1/stores", "?next=/console/", "/console%2fx"),
        *("//evil.example", "/\\evil.example", "\\\\evil.example", "///evil.example", "https://evil.example", "//["),
        *("javascript:alert(1)", "javascript:alert(1)//console/", "data:text/html,/console/", "%2f%2fevil.example"),
        *(
            "/console/../..",
            "/console/..//evil.example",
            "/console/%2e%2E/admin",
            "/console/..\\evil",
            "http://[/console/",
        ),
    ],
    ids=repr,
)
def test_anything_else_leads_home(address: str | None) -> None:
    assert _safe(address) == HOME


@given(ADDRESSES)
@example("//evil.example/console/")
@example("/console/\r\nSet-Cookie: a=b")
@example("/console//evil.example")
def test_no_address_leads_out_of_the_console_or_breaks_a_header(address: str) -> None:
    place = _safe(address)
    assert place.isascii()
    assert place.isprintable()
    assert " " not in place
    gone_to = urlsplit(urljoin("https://shop.example/console/login", place))
    assert (gone_to.scheme, gone_to.netloc) == ("https", "shop.example")
    assert gone_to.path.startswith("/console")
