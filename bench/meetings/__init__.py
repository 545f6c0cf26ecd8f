"""What meetings cost: everybody joins at once, sockets that every process knows of, and who is in them shown."""

from bench.meetings.results import table
from bench.meetings.rounds import seen

__all__ = ["seen", "table"]
