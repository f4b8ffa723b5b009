"""What became of the measurements: lines of a table, and the machine they are from."""
