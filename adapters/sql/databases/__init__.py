"""What SQLite, PostgreSQL and MySQL need said or done differently."""
