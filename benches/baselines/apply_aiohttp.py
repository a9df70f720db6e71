"""The same apply, so many at once.

apply_aiohttp.py URL KEY DECISIONS.toml AT_ONCE
"""

import asyncio
import sys
import time
import tomllib

import aiohttp
import orjson

url, key, file, at_once = sys.argv[1:]


async def status(session, id):
    async with session.get(f"{url}/requests/{id}") as answer:
        answer.raise_for_status()
        return orjson.loads(await answer.read())["status"]


async def approve(session, id):
    if await status(session, id) != "Pending approval":
        return 0
    decided = {"approvedby": "countersign@example.com"}
    async with session.put(f"{url}/requests/{id}", params=decided) as answer:
        answer.raise_for_status()
        await answer.read()
    return int(await status(session, id) == "Approved")


async def apply():
    with open(file, "rb") as opened:
        decisions = tomllib.load(opened)["decision"]
    connections = aiohttp.TCPConnector(limit=int(at_once))
    async with aiohttp.ClientSession(headers={"apikey": key}, connector=connections) as session:
        approved = await asyncio.gather(*(approve(session, block["request"]) for block in decisions))
    print(sum(approved), "approved")


began = time.perf_counter()
asyncio.run(apply())
print(time.perf_counter() - began)
