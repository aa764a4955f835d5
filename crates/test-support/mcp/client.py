"""The Python SDK: lists, calls, reads. Prints what it saw as JSON."""

import asyncio
import json
import sys

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, secret: str) -> None:
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        async with streamable_http_client(url, http_client=http) as streams:
            async with mcp.ClientSession(streams[0], streams[1]) as session:
                await session.initialize()
                tools = await session.list_tools()
                echo = await session.call_tool("echo", {"message": "mail jane@example.com"})
                denied = await session.call_tool("get-env", {})
                print(json.dumps({
                    "tools": [tool.name for tool in tools.tools],
                    "echo": echo.model_dump(mode="json", by_alias=True),
                    "denied": denied.model_dump(mode="json", by_alias=True),
                }))


asyncio.run(main(*sys.argv[1:]))
