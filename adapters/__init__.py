"""The ports' implementations, each one technology behind one port."""
