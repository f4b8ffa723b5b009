"""Loads the user's own processor; what is wrong with it is told in one line."""

from adapters.processors import FunctionProcessor
from entrypoints.wiring.settings import SettingsError


def load_function(path: str) -> FunctionProcessor:
    """From "package.module:function"; raises SettingsError."""
    try:
        return FunctionProcessor.load(path)
    except (Exception, SystemExit) as error:  # whatever the user's module does on import
        raise SettingsError(
            f"ORDERS_PROCESSOR={path!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
