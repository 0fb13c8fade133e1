"""What programmes forget of somebody who was erased. What others see of the time together stays, without their words."""

from __future__ import annotations

from typing import Any

from django.db.models import Value
from django.db.models.functions import Replace
from django.dispatch import receiver

from accounts.erasing import ERASED
from accounts.models import Member
from accounts.signals import member_erased
from mentoring.files.models import StoredFile

from .models import (
    Answer,
    Certificate,
    CertificateCode,
    ChatAttachment,
    ChatMessage,
    ChatRead,
    ClosingReview,
    Enrolment,
    EnrolmentSkill,
    Goal,
    GoalProgress,
    LastEdit,
    Mentorship,
    MentorshipEvent,
    Milestone,
    Participant,
    Program,
    SentForm,
)


@receiver(member_erased, dispatch_uid="programs.member_erased")
def forget(*, member: Member, name: str, **kwargs: Any) -> None:
    own = Enrolment.objects.filter(member=member)
    own.update(
        goal="", note="", languages=[], free_hours=[], interests=[], working_style=None, decision_reason="",
        let_in_because="", nomination="", hidden_from_recognition=True,
    )  # fmt: skip
    for said in (Answer, EnrolmentSkill):
        said.objects.filter(enrolment__member=member).delete()
    for model in (ChatRead, SentForm, LastEdit):
        model.objects.filter(member=member).delete()
    Participant.objects.filter(enrolment__member=member).update(decline_reason="", change_reason="")
    _forget_goals(member)
    _forget_messages(member)
    ClosingReview.objects.filter(member=member).update(went_well="", otherwise="", thanks="")
    _forget_reasons(member, name)
    # A certificate says who somebody is to whoever has its code.
    certificates = Certificate.objects.filter(member=member)
    CertificateCode.objects.filter(code__in=list(certificates.values_list("code", flat=True))).delete()
    certificates.delete()
    Program.objects.filter(sponsor=member).update(sponsor=None)
    Program.objects.filter(safeguarding_contact=member).update(safeguarding_contact=None)


def _forget_reasons(member: Member, name: str) -> None:
    """Why something was done with a mentorship: not in their words, and without their name."""
    shared = Mentorship.objects.filter(participants__enrolment__member=member)
    ids = list(shared.values_list("pk", flat=True))
    MentorshipEvent.objects.filter(by=member).update(text="")
    MentorshipEvent.objects.filter(mentorship__in=ids).update(text=Replace("text", Value(name), Value(ERASED)))
    Mentorship.objects.filter(pk__in=ids).update(
        check_reason=Replace("check_reason", Value(name), Value(ERASED)),
        end_reason=Replace("end_reason", Value(name), Value(ERASED)),
    )


def _forget_goals(member: Member) -> None:
    Milestone.objects.filter(goal__owner=member).update(text=ERASED)
    GoalProgress.objects.filter(goal__owner=member).update(note="")
    GoalProgress.objects.filter(by=member).update(note="")
    Goal.objects.filter(owner=member).update(text=ERASED, why="", measure="")


def _forget_messages(member: Member) -> None:
    """That they wrote stays where the other answered; what they wrote doesn't."""
    attached = ChatAttachment.objects.filter(message__author=member)
    files = list(attached.values_list("file_id", flat=True))
    attached.delete()
    StoredFile.objects.filter(pk__in=files).delete()
    ChatMessage.objects.filter(author=member).update(text=ERASED)
