"""All ports in memory: the fakes that unit tests use, and a store that keeps nothing."""
