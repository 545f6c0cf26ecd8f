"""How soon events are heard, by how many, and what it costs to record them."""

from bench.events.results import table
from bench.events.rounds import seen

__all__ = ["seen", "table"]
