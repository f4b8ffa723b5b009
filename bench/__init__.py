"""Benchmarks: `python -m bench`. Nothing here is part of the service."""


class BenchFailed(Exception):
    """A benchmark could not be measured; the message says why."""
