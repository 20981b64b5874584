"""The picture of the architecture: layers of domains, the imports between them, programs and what they speak to."""

from collections.abc import Iterator
from html import escape

from devstack.documents import tree

WIDE, ROW, TALL, LEFT = 1000, 78, 46, 24
BOX = 230
STYLE = (
    "text{font:14px system-ui,sans-serif;fill:#1b2330}.small{font-size:11px;fill:#5b6675}"
    ".head{font-size:12px;fill:#5b6675;letter-spacing:.06em}"
    "rect{fill:#fff;stroke:#8a97a8}.core{fill:#eef2f7}.store{fill:#e8f3ec;stroke:#5d9a74}"
    ".program{fill:#fdf3e3;stroke:#c9974a}"
    ".out{fill:#f4ecf7;stroke:#9a6fb0}path{fill:none;stroke:#9aa6b5}.page{fill:#fbfcfe;stroke:none}"
)
STORES = (("PostgreSQL", "the truth", "store"), ("Redis", "what may be lost", "store"))
OUTSIDE = (("mail server", "SMTP_HOST"), ("payment provider", "PAYMENT_PROVIDER_URL"), ("partner", "PARTNER_URL"))


def text() -> str:
    """The picture as SVG."""
    places = _places()
    below = max(y for _, y in places.values()) + ROW + 24
    shapes = [*_arrows(places), *_domains(places), *_programs(below)]
    height = below + 210
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" role="img" '
        'aria-label="Domains, imports, programs and stores">'
    )
    return (
        "\n".join(
            [
                head,
                f"<style>{STYLE}</style>",
                f'<rect class="page" width="{WIDE}" height="{height}"/>',
                *shapes,
                "</svg>",
            ]
        )
        + "\n"
    )


def _places() -> dict[str, tuple[float, float]]:
    places = {}
    for level, layer in enumerate(tree.layers()):
        span = WIDE - 2 * LEFT
        for at, name in enumerate(layer):
            places[name] = (LEFT + span * (at + 0.5) / len(layer) - BOX / 2, 40.0 + ROW * level)
    return places


def _arrows(places: dict[str, tuple[float, float]]) -> Iterator[str]:
    yield _label(LEFT, 24, "DOMAINS: EACH IMPORTS ONLY WHAT STANDS BELOW IT", "head")
    pairs = [(name, below) for name in tree.domains() for below in tree.nearest(name)]
    for name, below in [*pairs, *(("factory", top) for top in tree.layers()[1])]:
        (x, y), (to_x, to_y) = places[name], places[below]
        bend = (to_y - y - TALL) / 2
        far, deep = to_x - x, to_y - y - TALL
        yield f'<path d="M{x + BOX / 2:g} {y + TALL:g}c0 {bend:g} {far:g} {bend:g} {far:g} {deep:g}"/>'


def _domains(places: dict[str, tuple[float, float]]) -> Iterator[str]:
    for name, (x, y) in places.items():
        rooms = "everything meets here" if name == "factory" else _rooms(name)
        yield from _box(x, y, name, rooms, "core" if name in {"core", "factory"} else "")


def _rooms(name: str) -> str:
    if name == "core":
        return "machinery, no business word"
    return (
        ", ".join(room for room in tree.rooms(name) if room in {"routes", "console", "jobs", "commands", "gateways"})
        or "models, service"
    )


def _programs(top: float) -> Iterator[str]:
    yield _label(LEFT, top, "PROGRAMS", "head")
    yield _label(LEFT, top + 90, "WHAT THEY SPEAK TO", "head")
    spoken = [*STORES, *((name, setting, "out") for name, setting in OUTSIDE)]
    step = (WIDE - 2 * LEFT) / len(spoken)
    programs = [
        (name, tree.purpose(tree.ROOT / name).partition(":")[0].partition(",")[0], "program") for name in tree.PROGRAMS
    ]
    for at, (name, note, kind) in enumerate(programs):
        yield from _box(LEFT + at * (WIDE - 2 * LEFT) / len(programs), top + 12, name, note, kind, wide=225)
    for at, (name, note, kind) in enumerate(spoken):
        yield from _box(LEFT + at * step, top + 102, name, note, kind, wide=step - 14)
    note = "All programs read and write PostgreSQL. Mail and activations leave from workers; payments also from wsgi."
    yield _label(LEFT, top + 178, note, "small")


def _box(x: float, y: float, name: str, note: str, kind: str, *, wide: float = BOX) -> Iterator[str]:
    yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{wide:g}" height="{TALL}" rx="6"/>'
    yield _label(x + 12, y + 20, name, "")
    yield _label(x + 12, y + 37, note, "small")


def _label(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'
