"""Who sends many files at once waits for himself, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from people import Person, Room, file_headers, files_of

AT_ONCE = 16
SENDING = 20


class Slow:
    """Bodies that begin when they are read, and end when they are let."""

    def __init__(self) -> None:
        self.begun = 0
        self.end = asyncio.Event()

    async def body(self) -> AsyncIterator[bytes]:
        self.begun += 1
        yield b"a"
        await self.end.wait()
        yield b"b"


async def send(person: Person, room: Room, slow: Slow) -> httpx.Response:
    return await person("POST", files_of(room), headers=file_headers("a.bin"), content=slow.body())


async def begun(slow: Slow, count: int) -> None:
    async with asyncio.timeout(30):
        while slow.begun < count:  # noqa: ASYNC110 - a number is no event
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)  # for one too many


async def test_sixteen_are_taken_in_at_once_and_the_next_when_they_end(ada: Person, group: Room) -> None:
    slow = Slow()
    sending = [asyncio.create_task(send(ada, group, slow)) for _ in range(SENDING)]
    await begun(slow, AT_ONCE)
    assert slow.begun == AT_ONCE
    slow.end.set()
    assert [(await answer).status_code for answer in sending] == [201] * SENDING
    assert slow.begun == SENDING


async def test_others_do_not_wait_for_them(ada: Person, ben: Person, group: Room) -> None:
    slow = Slow()
    sending = [asyncio.create_task(send(ada, group, slow)) for _ in range(SENDING)]
    await begun(slow, AT_ONCE)
    assert await ben.sent(group)
    slow.end.set()
    await asyncio.gather(*sending)
