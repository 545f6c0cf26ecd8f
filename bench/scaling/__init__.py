"""What more processes, connections and a pooler bring, and take: docs/scaling.md's figures."""

from bench.scaling.results import table
from bench.scaling.rounds import seen

__all__ = ["seen", "table"]
