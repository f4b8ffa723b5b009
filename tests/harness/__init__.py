"""What tests and benchmarks share: orders, servers, brokers, processes, and ways to wait."""
