"""What became of the measurements: lines of a table, charts, and the machine they are from."""
