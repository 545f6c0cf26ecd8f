"""Messages that are not forwarded: none of an array is when one is refused, and hostile XML is refused fast."""
