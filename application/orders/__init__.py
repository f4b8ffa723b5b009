"""What clients change: orders created, one by one or in batches."""
