"""What mail servers report later about a letter that they had taken: POST /mail/reports/ with MAIL_REPORT_SECRET.

    POST /mail/reports/
    Authorization: Bearer <the secret>
    Content-Type: application/json

    {"message_id": "<…@example.org>", "address": "alice@example.org", "kind": "bounce", "reason": "550 5.1.1 No such user"}

`message_id` is that of our letter, `kind` is "bounce" (it came back for good) or "delay" (it may still arrive), and the
answer {"marked": true} says that the address has been marked. A report that comes twice changes nothing more.

    400   not such a report            401   not the secret            404   no secret is set here
    413   longer than 64 KB            429   too many, try again in a minute
"""

from __future__ import annotations

import json
import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import services

MOST_BYTES = 64 * 1024
MINUTE = 60
REPORTS_PER_MINUTE = 1200
# Of wrong secrets, from one place.
GUESSES_PER_MINUTE = 20
KINDS = ("bounce", "delay")


# A mail server has no cookies; the secret is the proof.
@csrf_exempt
@never_cache
@require_POST
def mail_report(request: HttpRequest) -> JsonResponse:
    if not settings.MAIL_REPORT_SECRET:
        raise Http404
    guesses = f"mail-report-guesses:{get_adapter().get_client_ip(request)}"
    if _count(guesses, 0) >= GUESSES_PER_MINUTE:
        return _refused(429, "Too many requests.")
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(secret.strip(), settings.MAIL_REPORT_SECRET):
        _count(guesses)
        return _refused(401, "Not the secret.")
    if _count("mail-reports") > REPORTS_PER_MINUTE:
        return _refused(429, "Too many requests.")
    if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
        return _refused(413, "Too long.")
    try:
        report = json.loads(request.body)
    except ValueError:
        return _refused(400, "Not JSON.")
    fields = ("message_id", "address", "kind", "reason")
    if not isinstance(report, dict) or not all(isinstance(report.get(name, ""), str) for name in fields):
        return _refused(400, "message_id, address, kind and reason are texts.")
    told = {name: report.get(name, "").replace("\0", "") for name in fields}
    if told["kind"] not in KINDS or not told["message_id"]:
        return _refused(400, "A message_id is needed, and a kind: bounce or delay.")
    marked = told["kind"] == "bounce" and services.came_back(
        told["message_id"], address=told["address"], reason=told["reason"]
    )
    return JsonResponse({"marked": marked})


def _refused(status: int, detail: str) -> JsonResponse:
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": str(MINUTE)}}
    return JsonResponse({"detail": detail}, status=status, headers=headers.get(status))


def _count(what: str, more: int = 1) -> int:
    """How often it has happened in this minute of the clock."""
    name = f"{what}:{int(time.time() // MINUTE)}"
    cache.add(name, 0, timeout=2 * MINUTE)
    try:
        return int(cache.incr(name, more))
    except ValueError:
        # Thrown out of a full cache between the two calls.
        return 0
