"""Everything that can be asked of orders, one use case a file."""
