"""Who calls the use cases: HTTP, the command line and the background threads."""
