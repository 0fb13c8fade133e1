"""A Redis-protocol server of one's own: whether the address leads to one that answers."""

from __future__ import annotations

from .errors import EmbeddedError


def require_queue(url: str) -> None:
    """Refuse an address that is none, or where nobody answers; otherwise every worker would say so for ever."""
    # As psycopg2 next door: the rest of this package starts without it.
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        client = redis.from_url(url, socket_connect_timeout=5, socket_timeout=5, retry=Retry(NoBackoff(), 0))
    except ValueError as error:
        # The address itself may hold a password.
        raise EmbeddedError(
            "REDIS_URL is not the address of a Redis-protocol server: it looks like redis://:password@host:6379/0."
        ) from error
    try:
        client.ping()
    except (redis.RedisError, OSError) as error:
        said = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise EmbeddedError(f"The queue in REDIS_URL cannot be used: {said.rstrip('.')}.") from error
    finally:
        client.close()
