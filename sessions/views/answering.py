"""Accepting or declining a session from the letter that invited to it."""

from __future__ import annotations

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Member, Organisation
from mentoring.tenancy.scope import organisation_scope

from .. import emails
from ..answering import ANSWERS, read_token
from ..models import Session
from ..services.answering import answer_session
from ..services.problems import SessionProblem

TEMPLATE = "sessions/session_answer.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session_answer(request, token, answer):
    """Ask whether somebody comes, and keep what they say. A GET only asks, because mail scanners open every link."""
    if answer not in ANSWERS:
        raise Http404
    invited = read_token(token)
    organisation = Organisation.objects.filter(pk=invited.organisation_id).first() if invited else None
    if organisation is None:
        return render(request, TEMPLATE, {"unknown": True}, status=404)
    with organisation_scope(organisation):
        member = Member.objects.filter(pk=invited.member_id).first()
        found = Session.objects.involving(member).with_people() if member and not member.has_left else None
        session = found.filter(pk=invited.session_id).first() if found is not None else None
        if session is None:
            return render(request, TEMPLATE, {"unknown": True}, status=404)
        context = {
            "from": organisation,
            "session": session,
            "reader": member,
            "answer": answer,
            "names": emails.names_of(session.others(member)),
            "times": emails.session_times(session.starts_at, session.ends_at, member.zone),
            "token": token,
        }
        is_open = session.is_planned and not session.has_begun and session.sequence == invited.sequence
        if request.method == "POST":
            try:
                answer_session(session, answer=ANSWERS[answer], sequence=invited.sequence, by=member)
            except SessionProblem as problem:
                return render(request, TEMPLATE, {**context, "problem": str(problem)}, status=409)
            return render(request, TEMPLATE, {**context, "done": True})
        return render(request, TEMPLATE, {**context, "closed": not is_open})
