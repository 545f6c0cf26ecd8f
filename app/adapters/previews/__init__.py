"""Previews: worker processes that make them, and the cache of what was made."""
