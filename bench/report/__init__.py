"""The report: a table of comparisons, and the machine that they are from."""
