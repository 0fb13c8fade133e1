"""What the people of a mentorship write to each other. Nobody else reads it, whatever their role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.files.checking import check_file
from mentoring.tenancy.scope import current_organisation_id

from .. import emails
from ..models import ChatAttachment, ChatMessage, ChatRead, Mentorship
from .problems import AlreadySettled, ProgramProblem
from .taking_part import held_by

MOST_FILES = 5
LONGEST = 5000
# Whoever has just read it needs no letter.
TELL_AFTER = timedelta(minutes=5)
# A last word is still possible when it has been paused, or is over.
LAST_WORDS = timedelta(days=14)


def messages_of(mentorship: Mentorship) -> QuerySet[ChatMessage]:
    """The messages, the latest first, with who wrote them and the names of their files."""
    files = ChatAttachment.objects.select_related("file").defer("file__content")
    found: QuerySet[ChatMessage] = ChatMessage.objects.filter(mentorship=mentorship).select_related("author")
    return found.prefetch_related(Prefetch("attachments", queryset=files)).order_by("-sent_at", "-pk")


def writes_until(mentorship: Mentorship) -> datetime | None:
    """Until when messages can be written; None without an end."""
    if mentorship.status == Mentorship.Status.ACTIVE:
        return mentorship.paused_at + LAST_WORDS if mentorship.paused_at else None
    return (mentorship.ended_at or mentorship.offered_at) + LAST_WORDS


def may_write(mentorship: Mentorship, *, now: datetime | None = None) -> bool:
    until = writes_until(mentorship)
    return until is None or (now or timezone.now()) < until


@transaction.atomic
def send_message(
    mentorship: Mentorship, *, text: str, uploads: Sequence[UploadedFile] = (), token: UUID, by: Member
) -> ChatMessage:
    """Write a message; the same token is the same message, however often it is sent. Raises FileProblem."""
    held, parts = held_by(mentorship, by)
    there: ChatMessage | None = ChatMessage.objects.filter(mentorship=held, token=token).first()
    if there is not None:
        return there
    if not may_write(held):
        raise AlreadySettled(_("Nobody can write here any more. What was written stays."))
    text = text.strip()
    if not text and not uploads:
        raise ProgramProblem(_("Write something, or add a file."))
    if len(uploads) > MOST_FILES:
        raise ProgramProblem(_("Add five files at most to one message."))
    files = [check_file(upload) for upload in uploads]
    message: ChatMessage = ChatMessage.objects.create(mentorship=held, author=by, text=text, token=token)
    ChatAttachment.objects.bulk_create(ChatAttachment(message=message, file=file) for file in files)
    _note_read(held, by, at=message.sent_at)
    for part in parts:
        if part.enrolment.member_id != by.pk:
            _tell(held, part.enrolment.member, message=message, by=by)
    return message


@transaction.atomic
def mark_read(mentorship: Mentorship, *, by: Member) -> bool:
    """Note that somebody has seen what is there; a letter about it that hasn't gone isn't sent."""
    if not unread_in(by, [mentorship.pk]):
        return False
    _note_read(mentorship, by, at=timezone.now())
    emails.messages_read(mentorship, by=by)
    return True


def unread_in(member: Member, mentorships: Sequence[int]) -> set[int]:
    """Those of the mentorships in which others have written something that the member has not seen."""
    return set(unread_counts(member, mentorships))


def unread_counts(member: Member, mentorships: Sequence[int]) -> dict[int, int]:
    """Mentorship → how many messages of others the member has not seen; those with none are left out."""
    seen = ChatRead.objects.filter(
        mentorship=OuterRef("mentorship"), member=member, read_until__gte=OuterRef("sent_at")
    )
    unread = ChatMessage.objects.filter(~Q(author=member), ~Exists(seen), mentorship__in=list(mentorships))
    return dict(unread.order_by().values_list("mentorship_id").annotate(Count("pk")))


def read_until(member: Member, mentorship: Mentorship) -> datetime | None:
    found = ChatRead.objects.filter(member=member, mentorship=mentorship).values_list("read_until", flat=True)
    return found.first()


def _note_read(mentorship: Mentorship, member: Member, *, at: datetime) -> None:
    ChatRead.objects.update_or_create(
        organisation_id=current_organisation_id(), mentorship=mentorship, member=member, defaults={"read_until": at}
    )


def _tell(mentorship: Mentorship, member: Member, *, message: ChatMessage, by: Member) -> None:
    """One letter until they have read, a few minutes later, for whoever can sign in."""
    if member.user_id is None:
        return
    state, _is_new = ChatRead.objects.get_or_create(
        organisation_id=current_organisation_id(), mentorship=mentorship, member=member
    )
    if state.told_at is not None and (state.read_until is None or state.read_until < state.told_at):
        return
    state.told_at = message.sent_at
    state.save(update_fields=["told_at"])
    emails.message_written(mentorship, to=member, by=by, due_at=message.sent_at + TELL_AFTER)
