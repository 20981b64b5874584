"""Timings of a real stack, each beside a bare Flask hello of the same minute: `make bench`."""
