"""How operators hold processing back, and see how it is held back."""
