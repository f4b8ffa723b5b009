"""The README's table of settings: `python -m tests.entrypoints.settings_table` rewrites it."""

import re
from pathlib import Path

from entrypoints.wiring.declaration import declarations, variable
from entrypoints.wiring.settings import Settings

README = Path(__file__).parents[2] / "README.md"
HEADER = "| setting | default | meaning |\n| --- | --- | --- |\n"


def with_table(readme: str) -> str:
    """The README's text, with the table as the declarations have it."""
    table = HEADER + "".join(
        f"| `{variable(name)}` | {f'`{declared.default}`' if declared.default else 'none'}"
        f" | {declared.meaning} |\n"
        for name, declared in declarations(Settings).items()
    )
    before, header, behind = readme.partition(HEADER)
    assert header, "the README has no table of settings"
    return before + table + re.sub(r"\A(\|.*\n)*", "", behind)


if __name__ == "__main__":
    README.write_text(with_table(README.read_text()))
