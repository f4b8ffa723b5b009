"""The HTTP server: a main process that owns the address, and the processes that answer."""
