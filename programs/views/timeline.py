"""The timeline of a mentorship, to read, to print and to keep; for the people in it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..timeline import as_csv, timeline_of
from .finding import find_own


@never_cache
@require_safe
def mentorship_timeline(request, org, pk):
    mentorship, context = find_own(request, pk)
    context["happenings"] = timeline_of(mentorship, by=request.member)
    return render(request, "programs/mentorship_timeline.html", context)


@never_cache
@require_safe
def mentorship_timeline_csv(request, org, pk):
    mentorship, _context = find_own(request, pk)
    content = as_csv(timeline_of(mentorship, by=request.member), by=request.member)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="mentorship-{mentorship.pk}.csv"'
    return response
