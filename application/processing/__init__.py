"""What makes orders dependable: start, process, recover, extend, release."""
