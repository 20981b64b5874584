"""The rows of a dump are counted one a line, whatever is in them."""

from app.operations.backups.counted import counted

DUMP = rb"""
SET statement_timeout = 0;
COPY public.stores (id, name) FROM stdin;
1	COPY public.fake (id) FROM stdin;
2	a line\nthat goes on and a backslash \\.
\.


COPY public."odd (name)" (id, "x (y)") FROM stdin;
\.


COPY public.users (id) FROM stdin;
1
\.
SELECT pg_catalog.setval('public.stores_id_seq', 2, true);
"""


def test_each_table_has_its_rows_and_an_empty_one_has_none() -> None:
    assert counted(DUMP.splitlines(keepends=True)) == {"public.stores": 2, 'public."odd (name)"': 0, "public.users": 1}
