"""The Python SDK in the version without sessions: lists, calls. Prints what it saw as JSON."""

import asyncio
import json
import sys

import httpx2
import mcp
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, secret: str) -> None:
    headers = {"authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(url, http_client=http)
        async with mcp.Client(transport, mode="2026-07-28") as client:
            tools = await client.list_tools()
            echo = await client.call_tool("echo", {"message": "mail jane@example.com"})
            denied = await client.call_tool("get-env", {})
            print(json.dumps({
                "version": client.protocol_version,
                "tools": [tool.name for tool in tools.tools],
                "echo": echo.model_dump(mode="json", by_alias=True),
                "denied": denied.model_dump(mode="json", by_alias=True),
            }))


asyncio.run(main(*sys.argv[1:]))
