"""Webhooks: which addresses they may reach, and the one request by which something is told."""
