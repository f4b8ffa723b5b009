"""The measured pieces, and the arithmetic, behind docs/growing.md."""
