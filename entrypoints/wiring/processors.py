"""Loads the user's own processor; a failure is a one-line SettingsError."""

from adapters.processors import FunctionProcessor
from entrypoints.wiring.settings import SettingsError


def load_function(path: str) -> FunctionProcessor:
    """From "package.module:function"; raises SettingsError."""
    try:
        return FunctionProcessor.load(path)
    except (Exception, SystemExit) as error:  # the user's module may raise anything when imported
        raise SettingsError(
            f"ORDERS_PROCESSOR={path!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
