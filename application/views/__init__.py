"""What clients read."""
