"""A log message is one line, whatever a client or a processor put into it."""

import logging

import pytest

from entrypoints.wiring.log_lines import FORMAT, LogLines


def written(message: str, error: Exception | None = None) -> str:
    caught = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("here", logging.INFO, __file__, 1, "%s", (message,), caught)
    return LogLines(FORMAT).format(record)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("refused\nINFO all is well", r"refused\nINFO all is well"),
        ("a\r\x1b[2Kb", r"a\r\x1b[2Kb"),
        ("a\u2028b\ud800", r"a\u2028b\ud800"),
        (r"C:\new is Ärger", r"C:\new is Ärger"),
    ],
)
def test_what_could_end_a_line_is_escaped(message: str, shown: str) -> None:
    assert written(message).endswith(f"here: {shown}")


def test_a_traceback_keeps_its_lines() -> None:
    try:
        raise ValueError("why")
    except ValueError as error:
        lines = written("it\nfailed", error).splitlines()

    assert lines[0].endswith(r"here: it\nfailed")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: why"
