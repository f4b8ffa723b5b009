"""What is measured: a module for each piece of work, whose `run` gives lines of the table."""
