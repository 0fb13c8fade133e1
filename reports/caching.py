"""Numbers that take a while are kept until what they were worked out from changes, at most for a day."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

from mentoring.tenancy.scope import current_organisation_id

logger = logging.getLogger(__name__)

T = TypeVar("T")
DAY = 24 * 60 * 60
# Rises with every change of what the kept objects look like.
VERSION = 1


def kept(name: str, marker: Any, work_out: Callable[[], T]) -> T:
    """What `work_out` returns, or returned earlier for the organisation in scope under the same marker.

    Only what may be published is kept: the store is shared by all organisations.
    """
    digest = hashlib.sha256(repr(marker).encode()).hexdigest()[:32]
    key = f"reports:{VERSION}:{current_organisation_id()}:{name}:{digest}"
    try:
        found = cache.get(key)
        if found is not None:
            return found
        made = work_out()
        cache.set(key, made, DAY)
    except RedisError:
        logger.warning("the store of worked-out reports does not answer")
        made = work_out()
    return made
