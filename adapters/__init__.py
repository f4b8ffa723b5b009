"""The ports' implementations: a folder or a file for each technology."""
