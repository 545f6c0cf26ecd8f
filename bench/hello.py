"""What FastAPI and uvicorn cost by themselves: one operation that does nothing, served as Enfilade is."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

hello = FastAPI()


class Greeting(BaseModel):
    """What it answers with; returned as such, it is FastAPI's response model."""

    message: str


@hello.get("/hello")
async def greet() -> Greeting:
    """Greet."""
    return Greeting(message="hello")


@hello.get("/health")
async def health() -> Greeting:
    """Say that the server runs."""
    return Greeting(message="ok")


if __name__ == "__main__":
    uvicorn.run(
        hello,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
