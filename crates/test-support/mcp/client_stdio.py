"""The Python SDK with a server that it starts itself, by the command given. Prints what it saw as JSON."""

import asyncio
import json
import os
import sys

import mcp
from mcp.client.stdio import stdio_client


async def main(folder: str, command: str, *args: str) -> None:
    server = mcp.StdioServerParameters(command=command, args=list(args), env=dict(os.environ))
    async with stdio_client(server) as streams:
        async with mcp.ClientSession(streams[0], streams[1]) as session:
            await session.initialize()
            read = await session.call_tool("read_text_file", {"path": f"{folder}/a.txt"})
            write = await session.call_tool("write_file", {"path": f"{folder}/b.txt", "content": "x"})
            tools = await session.list_tools()
            print(json.dumps({
                "tools": [tool.name for tool in tools.tools],
                "read": read.model_dump(mode="json", by_alias=True),
                "write": write.model_dump(mode="json", by_alias=True),
            }))


asyncio.run(main(*sys.argv[1:]))
