"""What this process does, in numbers, for Prometheus."""
