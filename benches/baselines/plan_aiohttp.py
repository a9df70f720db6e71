"""The same plan by somebody who minds the time: aiohttp, orjson, the next page fetched while one is looked at.

plan_aiohttp.py URL KEY DECISIONS.toml
"""

import asyncio
import sys
import time
import tomllib

import aiohttp
import orjson

url, key, file = sys.argv[1:]


async def fetch(session, start):
    async with session.get(f"{url}/requests?startid={start}&take=1000") as answer:
        answer.raise_for_status()
        return orjson.loads(await answer.read())


async def plan():
    with open(file, "rb") as opened:
        decisions = {block["request"]: block for block in tomllib.load(opened)["decision"]}
    pending = 0
    async with aiohttp.ClientSession(headers={"apikey": key}) as session:
        page = await fetch(session, 0)
        while page:
            following = asyncio.create_task(fetch(session, int(page[-1]["id"]) + 1))
            await asyncio.sleep(0)
            for request in page:
                if request["id"] in decisions and request["status"] == "Pending approval":
                    pending += 1
            page = await following
    print(pending, "to approve,", len(decisions) - pending, "not")


began = time.perf_counter()
asyncio.run(plan())
print(time.perf_counter() - began)
