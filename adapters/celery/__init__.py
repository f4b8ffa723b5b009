"""The queue through a broker."""
