"""What tests and benchmarks share: orders, servers, brokers, processes, and ways to wait."""

from typing import NamedTuple


class Missing(Exception):
    """This machine lacks a server or a tool; the message says which, and how to get it."""


class ExpectedServer(NamedTuple):
    """Where tests look for a server, and what to do when none answers."""

    variable: str  # of the environment, for its address
    default_url: str  # where it is looked for next
    remedy: str = ""  # for a server that the harness cannot start itself
