"""Task queues to compare with: a module for each, with its task, its worker and its queue."""
