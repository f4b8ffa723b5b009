"""How many files a process may have open, and so how many connections."""

import resource

CONNECTIONS = 20_000  # of one server process, at most: each takes some 20 kB while it idles
OTHER_FILES = 256  # for the database, the broker, and users' code
LEAST_CONNECTIONS = 128


def allow_many_connections() -> int:
    """Raise this process's limit of open files as far as it may; the connections that fit in."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return min(CONNECTIONS, max(LEAST_CONNECTIONS, soft - OTHER_FILES))
