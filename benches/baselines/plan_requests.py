"""Which decisions could be carried out: the queue read whole with requests, compared by id and status.

plan_requests.py URL KEY DECISIONS.toml
"""

import sys
import time
import tomllib

import requests

url, key, file = sys.argv[1:]
began = time.perf_counter()

with open(file, "rb") as opened:
    decisions = {block["request"]: block for block in tomllib.load(opened)["decision"]}

queue = {}
session = requests.Session()
session.headers["apikey"] = key
start = 0
while True:
    answer = session.get(f"{url}/requests", params={"startid": start, "take": 1000}, timeout=60)
    answer.raise_for_status()
    page = answer.json()
    if not page:
        break
    for request in page:
        queue[request["id"]] = request
    start = int(page[-1]["id"]) + 1

found = [queue[id] for id in decisions if id in queue]
pending = [request for request in found if request["status"] == "Pending approval"]
print(len(pending), "to approve,", len(decisions) - len(pending), "not")
print(time.perf_counter() - began)
