"""What octoDNS would change between two folders of YAML, each with the zone example.com.

plan_octodns.py DESIRED EXISTING
"""

import sys
import time

from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone

began = time.perf_counter()
zones = []
for name, folder in zip(("desired", "existing"), sys.argv[1:]):
    zone = Zone("example.com.", [])
    provider = YamlProvider(name, folder)
    provider.populate(zone)
    zones.append(zone)
desired, existing = zones
changes = existing.changes(desired, provider)
print(len(changes), "changes")
print(time.perf_counter() - began)
