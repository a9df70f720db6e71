"""Nothing, with requests at hand: what any script with it costs before it begins."""

import requests  # noqa: F401
