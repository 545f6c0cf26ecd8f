"""What tests of the domain make again and again."""

from app.domain.conferences import Limits

LIMITS = Limits(max_participants=10, token_ttl_seconds=10, room_ttl_seconds=3600, endpoint_ttl_seconds=60)
