"""Numbers, and how to get them: `python -m bench`; nothing here is part of the service."""


class BenchFailed(Exception):
    """A benchmark could not be measured; says why."""
