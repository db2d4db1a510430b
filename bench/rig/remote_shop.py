"""A shop's web server far away, in a process of its own: every answer takes its time.

usage: python -m bench.rig.remote_shop FOLDER SECONDS     (prints its port)
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from functools import partial
from pathlib import Path

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n"


async def serve(folder: Path, seconds: float) -> None:
    """Serve the folder's pictures on loopback until the process ends."""
    pictures = {f"/{path.name}": path.read_bytes() for path in folder.glob("*.jpg")}
    server = await asyncio.start_server(partial(answer, pictures, seconds), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


async def answer(
    pictures: dict[str, bytes], seconds: float, reader: StreamReader, writer: StreamWriter
) -> None:
    """Answer one connection's requests, one after the other."""
    while request := await reader.readline():
        while (await reader.readline()).strip():
            pass
        await asyncio.sleep(seconds)
        picture = pictures[request.split()[1].decode()]
        writer.write(HEAD.format(len(picture)).encode() + picture)
        await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
