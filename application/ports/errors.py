"""How a store fails."""


class RepositoryError(Exception):
    """A call to the store failed; the subclass says whether it may have been stored."""


class RepositoryUnavailable(RepositoryError):
    """The store cannot answer now; nothing of the call was stored. Worth another try later."""


class OutcomeUnknown(RepositoryError):
    """No answer in time: the call may have been stored, or may be later. Read to find out."""
