"""A member's own sessions to take away."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..history import history_csv, history_ics


@never_cache
@require_safe
def session_history_csv(request, org):
    """Hand out a member's own sessions for a spreadsheet."""
    headers = {"Content-Disposition": 'attachment; filename="sessions.csv"'}
    return HttpResponse(history_csv(request.member), content_type="text/csv; charset=utf-8", headers=headers)


@never_cache
@require_safe
def session_history_ics(request, org):
    """Hand out a member's own sessions for a calendar."""
    headers = {"Content-Disposition": 'attachment; filename="sessions.ics"'}
    return HttpResponse(history_ics(request.member), content_type="text/calendar; charset=utf-8", headers=headers)
