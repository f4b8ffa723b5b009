"""OrderProcessors: what does the work that orders ask for."""
