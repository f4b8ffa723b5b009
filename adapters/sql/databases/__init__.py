"""What differs between SQLite, PostgreSQL, MariaDB and MySQL."""
