"""The HTTP server: its main process, which has the address, and those that serve."""
