"""The queue of this process."""
