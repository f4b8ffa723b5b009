"""What tests and benchmarks share: orders, servers, brokers, processes, and ways to wait."""


class Missing(Exception):
    """This machine lacks a server or a tool; says which, and how to get it."""
