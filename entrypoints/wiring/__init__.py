"""What a process is made of: its settings, and the parts that they choose."""
