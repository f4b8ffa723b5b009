"""The order service: `python main.py` serves it; `python main.py --help` tells the rest."""

from entrypoints.cli import main
from entrypoints.startup import create_app

__all__ = ["create_app"]

if __name__ == "__main__":
    main()
