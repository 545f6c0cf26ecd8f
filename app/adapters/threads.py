"""Work on files, off the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar, TypeVarTuple

from anyio import CancelScope

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")

# Of their own: a disk that hangs keeps all of them, and nothing else of the server may wait for that.
_THREADS: Final = ThreadPoolExecutor(8, thread_name_prefix="blobs")


async def in_thread(work: Callable[[*Arguments], Result], *args: *Arguments) -> Result:
    """Do it in a thread. Who is cancelled meanwhile goes on only when it is done: nothing is closed under it."""
    doing = asyncio.get_running_loop().run_in_executor(_THREADS, work, *args)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        with CancelScope(shield=True):  # a scope around us would cancel with every turn of the loop
            await _done(doing)
        raise


async def _done(doing: asyncio.Future[Result]) -> None:
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError:
            continue  # it is what we wait for anyway
    doing.exception()  # if it has failed, nobody wants to hear of it any more
