"""A server on stdio that writes what is no MCP: ``python stray_server.py WAY``.

It speaks just enough of the protocol by hand, so that each byte is its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

OUT = sys.stdout.buffer
WORDS = "Loading the model... "


def write(data: str | bytes) -> None:
    OUT.write(data if isinstance(data, bytes) else data.encode())
    OUT.flush()


def result_of(method: str) -> Any:
    if method == "initialize":
        version = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
        return version | {"serverInfo": {"name": "stray", "version": "1"}}
    if method == "tools/list":
        return {"tools": [{"name": "work", "inputSchema": {"type": "object"}}]}
    return {"content": [{"type": "text", "text": "done"}]}


def answer(message: Any) -> str:
    reply: Any = {"jsonrpc": "2.0", "id": message["id"]}
    if message["method"] == "server/discover":
        reply["error"] = {"code": -32601, "message": "Method not found"}
    else:
        reply["result"] = result_of(message["method"])
    return json.dumps(reply)


def serve(before: str | bytes = "", after: str = "\n", spoilt: str = "") -> None:
    """Answer, with something around each answer; of the answer to a method, give only that."""
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        write(before)
        if message["method"] != spoilt:
            write(answer(message) + after)


def main(way: str) -> None:
    match way:
        case "silent":
            serve(spoilt="initialize")
        case "banner-and-silence":
            write(WORDS)
            sys.stdin.read()
        case "lines-and-silence":
            write(WORDS + "\nReady\n")
            sys.stdin.read()
        case "progress-and-silence":
            for done in range(1000):
                write(f"\r{WORDS}{done}")
            sys.stdin.read()
        case "bytes-and-silence":
            write(b"\xff\xfe\x00binary")
            sys.stdin.read()
        case "long-line-and-silence":
            write("x" * 1_000_000)
            sys.stdin.read()
        case "no-newlines":
            serve(after="")
        case "ends":
            print("no such database", file=sys.stderr)
            write(WORDS)
            sys.exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "banner":
            write(WORDS)
            serve()
        case "lines":
            write(WORDS + "\n\nReady {\n[1, 2]\n" + '{"level": "info"}\n')
            serve(before='{"level": "debug"}\n')
        case "always":
            serve(before=WORDS)
        case "behind":
            serve(after=WORDS + "\n")
        case "bytes":
            write(b"\xff\xfe\n")
            serve(before=b"caf\xe9 ")
        case "mark":
            write(b"\xef\xbb\xbf")
            serve()
        case "windows":
            serve(after="\r\n")
        case "long":
            write("x" * 3_000_000 + "\n")
            serve()
        case "malformed":
            for line in sys.stdin:
                message = json.loads(line)
                if message.get("method") == "tools/call":
                    write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": "done"}))
                    write("\n")
                elif "id" in message:
                    write(answer(message) + "\n")
        case "mute-in-call":
            serve(before=WORDS, spoilt="tools/call")


if __name__ == "__main__":
    main(sys.argv[1])
