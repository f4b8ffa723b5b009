"""How a process starts, drains, closes and exits in time; used by the server and the worker."""
