"""Every port to a store, on SQLite, PostgreSQL, MariaDB or MySQL."""
