#!/usr/bin/env bash
# asyncio reports one connection that it cannot accept as often as its backlog is long.
#
# Expected: where a process has no file descriptor left, a server of asyncio says so once, waits a
#     second, and tries again: that is what its source says it does.
# What happens: after the failure the loop goes on instead of returning. One connection that waits
#     makes as many calls of the exception handler as the backlog says (100 unless told otherwise,
#     2,048 under uvicorn); unless there is a handler, each is logged with a traceback.
# Versions: CPython 3.11.7, 3.12.1 and 3.13.0, by whichever python3 is first in PATH; later ones are
#     said to return at the first failure.
# Why it matters: a server that runs out of file descriptors, for which it is enough that a client
#     opens many connections, spends its time on tracebacks and fills its disk with them.
# What Colourway does: the web hook raises its limit of open files, counts its connections and drops
#     the one that has waited longest before the limit is met; warnings of asyncio's are bounded.
set -euo pipefail
python3 - <<'EOF'
import asyncio
import os
import resource
import socket
import sys

BACKLOG = 100


async def main():
    """How often the exception handler is called for one connection."""
    loop = asyncio.get_running_loop()
    said = []
    loop.set_exception_handler(lambda _loop, context: said.append(context["message"]))
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, backlog=BACKLOG)
    client = socket.socket()
    client.setblocking(False)
    # Its own limit, so that this process, and nothing else, is out of descriptors.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    client.connect_ex(server.sockets[0].getsockname())
    await asyncio.sleep(0.5)
    server.close()
    client.close()
    return said


print("Python", sys.version.split()[0])
said = asyncio.run(main())
print(f"one connection, a backlog of {BACKLOG}: {len(said)} reports of {set(said)}")
if len(said) != BACKLOG:
    sys.exit("CHANGED: it is reported some other number of times.")
print("As recorded: one report for each place of the backlog.")
EOF
