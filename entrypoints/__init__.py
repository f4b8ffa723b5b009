"""Who calls the use cases: HTTP, the command line and the background threads."""

__version__ = "0.1.0"
