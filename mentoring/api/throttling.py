"""How often one key or one user may ask."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MINUTE = 60


class PerMinute(BaseThrottle):
    """So many requests (setting API_REQUESTS_PER_MINUTE) in each minute of the clock; counted in the cache."""

    def allow_request(self, request: Request, view: Any) -> bool:
        who = f"key-{request.auth.pk}" if request.auth else f"user-{request.user.pk}"
        name = f"api-requests:{who}:{int(time.time() // MINUTE)}"
        cache.add(name, 0, timeout=2 * MINUTE)
        try:
            count = cache.incr(name)
        except ValueError:
            # Thrown out of a full cache between the two calls.
            return True
        return count <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE
