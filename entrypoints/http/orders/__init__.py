"""The resources under /orders: orders, their metrics, and batches of simulated ones."""
