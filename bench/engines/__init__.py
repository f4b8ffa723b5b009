"""Task queues to compare with: a module for each, with its task and a way to enqueue it."""
