"""What the server counts of itself, for Prometheus."""
