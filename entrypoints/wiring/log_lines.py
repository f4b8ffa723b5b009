"""How log lines are written: a message is one line, whatever it repeats."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogLines(logging.Formatter):
    """Escapes what could end a line or move a terminal's cursor; only a traceback has lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(
            character if character.isprintable() else repr(character)[1:-1] for character in line
        )


def write_log_lines(level: int) -> None:
    """Send what is logged to standard error, unless somebody has chosen a place already."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
