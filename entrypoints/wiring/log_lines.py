"""The format of log lines: a message is one line, whatever text it quotes."""

import logging

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class LogLines(logging.Formatter):
    """Escapes what could forge a line or move the cursor; only tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        line = super().formatMessage(record)
        if line.isprintable():
            return line
        return "".join(
            character if character.isprintable() else repr(character)[1:-1] for character in line
        )


def configure_logging(level: int) -> None:
    """Log to standard error, unless logging is configured already."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLines(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
