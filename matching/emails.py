"""The letters of this app: about requests, where mentees choose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Member
from accounts.services import invitation_link
from mentoring.outbox.models import Message
from mentoring.outbox.services import take_back, write_letter
from programs.models import Enrolment, Program

from .models import MentorRequest
from .telling import REASONS, speaking

LIFE = timedelta(days=7)


def request_received(request: MentorRequest, *, by: Member) -> None:
    """Ask the mentor for an answer. One without a login gets a link that brings one."""
    mentor = request.mentor.member
    link = ""
    if mentor.user_id is None and mentor.email and not mentor.has_left:
        link = invitation_link(mentor, by=by, next_path=_path(mentor, "matching:request", request.pk))
    reasons = [reason.text("admin") for reason in speaking(request.reasons, limit=REASONS)]
    _about(request, "request_received", mentor, note=request.note, reasons=reasons, link=link)


def question_asked(request: MentorRequest) -> None:
    _about(request, "request_question", request.mentee.member, question=request.question)


def question_answered(request: MentorRequest) -> None:
    _about(request, "request_answer", request.mentor.member, question=request.question, answer=request.answer)


def request_accepted(request: MentorRequest) -> None:
    assert request.mentorship_id is not None
    _about(request, "request_accepted", request.mentee.member, view="programs:mentorship", pk=request.mentorship_id)


def request_declined(request: MentorRequest) -> None:
    _about(
        request, "request_declined", request.mentee.member, view="matching:mentors", pk=request.program_id,
        reason=request.decline_reason,
    )  # fmt: skip


def request_ended(request: MentorRequest, *, to: Member, why: str) -> None:
    """Tell the other that a request is over; a mentor who never heard of it isn't told."""
    is_mentor = to.pk == request.mentor.member_id
    if is_mentor and take_back(f"mentor_request:{request.pk}", kinds=["request_received"], outcome="withdrawn"):
        return
    view, pk = ("matching:requests" if is_mentor else "matching:mentors"), request.program_id
    _about(request, "request_over", to, view=view, pk=pk, why=why)


def place_free_again(mentor: Enrolment, *, program: Program, waiting: int) -> None:
    """Tell a mentor that somebody waits for the place that has become free."""
    about = f"enrolment:{mentor.pk}"
    _write(
        "mentor_place_free",
        mentor.member,
        about=about,
        view="matching:requests",
        pk=program.pk,
        program=program,
        sequence=Message.objects.filter(subject_ref=about, kind="mentor_place_free").count(),
        waiting=waiting,
    )


def _about(
    request: MentorRequest,
    kind: str,
    reader: Member,
    *,
    view: str = "matching:request",
    pk: int | None = None,
    **context: Any,
) -> None:
    other = request.mentee.member if reader.pk == request.mentor.member_id else request.mentor.member
    _write(
        kind,
        reader,
        about=f"mentor_request:{request.pk}",
        view=view,
        pk=request.pk if pk is None else pk,
        program=request.program,
        other=other.name,
        last_day=request.expires_at.astimezone(reader.zone).date(),
        **context,
    )


def _path(reader: Member, view: str, pk: int) -> str:
    return reverse(view, kwargs={"org": reader.organisation.slug, "pk": pk})


def _write(
    kind: str,
    reader: Member,
    *,
    about: str,
    view: str,
    pk: int,
    program: Program,
    sequence: int = 0,
    link: str = "",
    **context: Any,
) -> None:
    write_letter(
        kind,
        to=reader.email,
        about=about,
        template=f"mail/matching/{kind}",
        sequence=sequence,
        expires_after=LIFE,
        # It lets its reader in.
        secret=bool(link),
        context={
            "organisation_name": reader.organisation.name,
            "given_name": reader.given_name,
            "has_login": reader.user_id is not None,
            "brings_login": bool(link),
            "program_name": program.name,
            "url": link or settings.SITE_URL + _path(reader, view, pk),
            **context,
        },
    )
