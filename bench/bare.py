"""What carrying files costs by itself: two handlers of Starlette, at the paths of the chats, served as Enfilade is."""

import os
import sys
from pathlib import Path
from typing import Final
from uuid import uuid4

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

_PIECE_BYTES: Final = 1024 * 1024


def bare(folder: Path) -> Starlette:
    """Return what keeps files in this folder, and knows nothing of them."""

    async def upload(request: Request) -> Response:
        id = str(uuid4())
        with (folder / id).open("xb", buffering=0) as file:
            gathered = bytearray()
            async for chunk in request.stream():
                gathered += chunk
                if len(gathered) >= _PIECE_BYTES:
                    await anyio.to_thread.run_sync(file.write, bytes(gathered))
                    gathered.clear()
            await anyio.to_thread.run_sync(file.write, bytes(gathered))
            await anyio.to_thread.run_sync(os.fsync, file.fileno())
        return JSONResponse({"id": id}, 201)

    async def download(request: Request) -> Response:
        return FileResponse(folder / request.path_params["id"])

    async def delete(request: Request) -> Response:
        (folder / request.path_params["id"]).unlink()
        return Response(status_code=204)

    async def health(_: Request) -> Response:
        return Response()

    return Starlette(
        routes=[
            Route("/rooms/{id}/attachments", upload, methods=["POST"]),
            Route("/attachments/{id}/download", download),
            Route("/attachments/{id}", delete, methods=["DELETE"]),
            Route("/health", health),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(
        bare(Path(sys.argv[2])),
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
