"""How a store says that it cannot answer as asked."""


class RepositoryError(Exception):
    """The store did not answer as asked; which of the two it is says what is certain."""


class RepositoryUnavailable(RepositoryError):
    """The store cannot answer now. Worth another try later: nothing of the call was stored."""


class OutcomeUnknown(RepositoryError):
    """No answer in time: the call may have been stored, or may still be. Reading again tells."""
