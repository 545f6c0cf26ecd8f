"""What previews cost: beside the plain way to make them, and those who ask for something else meanwhile."""

from bench.previews.results import Found, seen, table

__all__ = ["Found", "seen", "table"]
