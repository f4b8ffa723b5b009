"""Orders in files: the formats that import reads and export writes."""
