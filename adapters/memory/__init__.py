"""A store and a queue in memory: the fakes of the unit tests; the store is memory:// as well."""
