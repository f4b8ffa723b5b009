"""What a process is made of: its settings, and what they choose."""
