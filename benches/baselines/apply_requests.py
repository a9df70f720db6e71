"""Approves what the decisions say, one after the other, looking before and after each.

apply_requests.py URL KEY DECISIONS.toml
"""

import sys
import time
import tomllib

import requests

url, key, file = sys.argv[1:]
began = time.perf_counter()

with open(file, "rb") as opened:
    decisions = tomllib.load(opened)["decision"]

session = requests.Session()
session.headers["apikey"] = key


def status(id):
    answer = session.get(f"{url}/requests/{id}", timeout=60)
    answer.raise_for_status()
    return answer.json()["status"]


approved = 0
for decision in decisions:
    id = decision["request"]
    if status(id) != "Pending approval":
        continue
    answer = session.put(
        f"{url}/requests/{id}", params={"approvedby": "countersign@example.com"}, timeout=60
    )
    answer.raise_for_status()
    approved += status(id) == "Approved"

print(approved, "approved")
print(time.perf_counter() - began)
