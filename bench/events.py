"""The events of a full database: a day of changes in rooms of every size."""

from typing import Final

from asyncpg import Connection, Record

COUNT: Final = 200_000

_HOURS: Final = 25  # so some of them are due to be pruned
_ROOMS: Final = 1_000


async def fill(connection: "Connection[Record]") -> None:
    """Put events into a database whose rooms and members are there."""
    await connection.execute(
        """
        WITH busy AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY room_id) - 1 AS place, room_id,
                   array_agg(user_id ORDER BY user_id) AS audience
              FROM member
             WHERE room_id = ANY (ARRAY(SELECT DISTINCT room_id FROM member ORDER BY room_id LIMIT $2))
             GROUP BY room_id
        )
        INSERT INTO event (type, audience, body, created_at)
        SELECT 'RoomUpdated', audience, json_build_object('room_id', room_id, 'name', 'Chat ' || number),
               now() - make_interval(hours => $3) * (($1 - number)::float / $1)
          FROM generate_series(1, $1) AS number JOIN busy ON place = number % (SELECT count(*) FROM busy)
         ORDER BY number
        """,
        COUNT,
        _ROOMS,
        _HOURS,
    )
