"""How writes of many callers share a transaction."""
