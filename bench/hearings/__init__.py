"""How soon events are heard, by how many, and what it costs to record them."""

from bench.hearings.results import table
from bench.hearings.rounds import seen

__all__ = ["seen", "table"]
