"""Whether this process lives, and whether it can do its work."""

from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse

from mentoring.embedded.binding import QUESTION, why_unbound


# No transaction around either: without a database one could not even be begun.
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@transaction.non_atomic_requests
def readyz(request: HttpRequest) -> JsonResponse:
    """The process reaches its database, which keeps organisations apart for it, and its broker."""
    checks = {"database": _database_answers(), "row_security": _row_security_binds(), "redis": _redis_answers()}
    ready = all(checks.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **checks}, status=200 if ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return True
    except Exception:
        return False


def _row_security_binds() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute(QUESTION, [""])
            return not why_unbound(cursor.fetchall())
    except Exception:
        return False


def _redis_answers() -> bool:
    try:
        cache.set("readyz", "1", 10)
        return cache.get("readyz") == "1"
    except Exception:
        return False
