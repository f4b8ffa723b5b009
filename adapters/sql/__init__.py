"""OrderRepository on an SQL database."""
