"""Backups: a dump that is whole or not there, and the proof that it can be restored.

The programs are PostgreSQL's own, of the server's version or a newer one. A password never stands in a command, where
all processes of the host could read it.
"""
