"""What those who took part say of a session afterwards: whether it was held, how long, and their notes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from programs.models import Goal, Mentorship, Participant, Role

from .. import emails
from ..attending import contradicts, group_verdict
from ..models import Attendance, Note, Session, SessionGoal
from ..sealing import note_place, seal, unseal
from ..signals import attendance_added, session_held
from .booking import add_session, lock_people, wall_time, without_clash
from .openings import participants
from .problems import SessionProblem, SlotTaken

LONGEST = timedelta(hours=8)
NOTHING = timedelta(0)
# For so long the others may say how a session went before the word of one is taken for it.
SILENCE = timedelta(days=7)


@transaction.atomic
def log_session(
    session: Session,
    *,
    report: str,
    length: timedelta | None,
    by: Member,
    private_note: str | None = None,
    shared_note: str | None = None,
    goals: Iterable[int] | None = None,
    at: datetime | None = None,
) -> Session:
    """Say whether a session was held and how long. It counts once everybody has said the same.

    Until then each may correct themselves. A group session counts once its leader and somebody who joined say that it was
    held; each says only for themselves whether they were there, also after that. Of several lengths the smallest counts: that much all agree on. A note of
    None stays as it is, an empty one is deleted.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    attendances = list(session.attendances.select_related("member"))
    own = next((attendance for attendance in attendances if attendance.member_id == by.pk), None)
    if own is None:
        raise PermissionDenied
    # A circle's session counts as that of any group: by what its leader and at least one of the others say.
    is_group = session.has_seats or len(attendances) > 2
    # Who joined a group may still say whether they were there when it has been settled that it was held.
    is_late = is_group and session.status == Session.Status.HELD and not own.report
    is_open = session.is_planned or session.is_unconfirmed or is_late
    if session.status == Session.Status.CANCELLED:
        raise SessionProblem(_("This session was cancelled."))
    if not session.has_begun:
        raise SessionProblem(_("This session has not begun yet."))
    if not is_open and report != (own.report if is_group else session.status):
        raise SessionProblem(_("Everybody has confirmed how this session went, so that can’t be changed any more."))
    if session.has_seats and len(attendances) == 1 and report == Attendance.Report.HELD:
        raise SessionProblem(_("Nobody had joined this session, so it can’t count as held."))
    if is_open:
        own.report = Attendance.Report(report)
        own.reported_length = _checked(length) if report == Attendance.Report.HELD else None
        own.reported_at = at or timezone.now()
        own.save(update_fields=["report", "reported_length", "reported_at"])
    write_notes(session, private_note=private_note, shared_note=shared_note, by=by)
    if goals is not None:
        _touch_goals(session, goals)
    if is_open and is_group:
        _settle_group(session, attendances, by=by)
    elif is_open:
        _settle(session, attendances, by=by)
    return session


@transaction.atomic
def record_session(
    mentorship: Mentorship,
    *,
    starts_at: datetime,
    length: timedelta,
    by: Member,
    topic: str = "",
    place: str = "",
    private_note: str | None = None,
    shared_note: str | None = None,
    at: datetime | None = None,
) -> Session:
    """Write down a meeting that was never booked. It counts once the others confirm it.

    Raises SlotTaken when somebody was not free at that time.
    """
    members = [participant.enrolment.member for participant in participants(mentorship, by)]
    now = at or timezone.now()
    ends_at = starts_at + _checked(length)
    if ends_at > now:
        raise SessionProblem(_("A meeting can be recorded once it is over."))
    started_at = mentorship.started_at
    if started_at is None or starts_at.astimezone(by.zone).date() < started_at.astimezone(by.zone).date():
        raise SessionProblem(_("This is before the mentorship started."))
    ended_at = mentorship.ended_at
    if ended_at is not None and starts_at.astimezone(by.zone).date() > ended_at.astimezone(by.zone).date():
        raise SessionProblem(_("This is after the mentorship ended."))
    lock_people(members)
    session = Session(
        mentorship=mentorship,
        starts_at=starts_at,
        ends_at=ends_at,
        wall_time=wall_time(starts_at, by.zone),
        zone_name=by.time_zone,
        place=place.strip(),
        topic=topic.strip(),
        booked_by=by,
        booked_at=now,
    )
    try:
        without_clash(lambda: add_session(session, members), wanted=starts_at)
    except SlotTaken as taken:
        # The same words for all, so that nobody learns which organisation it is that somebody was busy for.
        raise SlotTaken([], _("One of you was not free at that time.")) from taken
    return log_session(
        session, report=Attendance.Report.HELD, length=length, by=by, private_note=private_note, shared_note=shared_note,
        at=at,
    )  # fmt: skip


def goals_touched(session: Session) -> list[Goal]:
    """What of the mentorship's goals a session was about, for those in it."""
    return list(Goal.objects.filter(sessions_touched__session=session).order_by("due_on", "id"))


def _touch_goals(session: Session, goals: Iterable[int]) -> None:
    """The session was about these goals of its mentorship, and no others; whoever logs it later sees them and may correct them."""
    wanted = set(Goal.objects.filter(mentorship=session.mentorship_id, pk__in=list(goals)).values_list("pk", flat=True))
    there = set(SessionGoal.objects.filter(session=session).values_list("goal_id", flat=True))
    SessionGoal.objects.filter(session=session, goal__in=there - wanted).delete()
    SessionGoal.objects.bulk_create(SessionGoal(session=session, goal_id=pk) for pk in sorted(wanted - there))


@transaction.atomic
def write_notes(session: Session, *, private_note: str | None, shared_note: str | None, by: Member) -> None:
    """Keep both notes, and with them all that was typed before. A note of None stays as it is."""
    write_note(session, visibility=Note.Visibility.PRIVATE, body=private_note, by=by)
    write_note(session, visibility=Note.Visibility.SHARED, body=shared_note, by=by)
    if private_note is not None or shared_note is not None:
        write_note(session, visibility=Note.Visibility.DRAFT, body="", by=by)


@transaction.atomic
def write_note(session: Session, *, visibility: str, body: str | None, by: Member) -> Note | None:
    """Keep what somebody notes about a session, for themselves or for all in it. An empty note is deleted."""
    if body is None:
        return None
    if not Attendance.objects.filter(session=session, member=by).exists():
        raise PermissionDenied
    if not body.strip():
        Note.objects.filter(session=session, author=by, visibility=visibility).delete()
        return None
    place = Note(session=session, author=by, visibility=Note.Visibility(visibility))
    note, _is_new = Note.objects.update_or_create(
        session=session,
        author=by,
        visibility=place.visibility,
        defaults={"sealed": seal(body.strip(), bound_to=note_place(place))},
    )
    return note


def own_notes(session: Session, *, by: Member) -> dict[str, str]:
    """What this member has noted about a session so far, by who may read it."""
    notes = Note.objects.filter(session=session, author=by).exclude(visibility=Note.Visibility.DRAFT)
    return {note.visibility: _opened(note) for note in notes}


def shared_notes(session: Session, *, by: Member) -> list[tuple[Member, str]]:
    """What the others of a session have shared with this member, each with its author."""
    notes = Note.objects.readable_by(by).filter(session=session).exclude(author=by).select_related("author")
    return [(note.author, _opened(note)) for note in notes]


def keep_draft(session: Session, values: dict[str, str], *, by: Member) -> None:
    """Keep what somebody has typed about a session and not sent yet; only they see it again."""
    text = json.dumps({name: value for name, value in values.items() if value})
    write_note(session, visibility=Note.Visibility.DRAFT, body="" if text == "{}" else text, by=by)


def draft(session: Session, *, by: Member) -> dict[str, str]:
    """What this member has typed about a session and not sent yet."""
    note = Note.objects.drafts().filter(session=session, author=by).first()
    return json.loads(_opened(note)) if note else {}


@transaction.atomic
def settle_silent(*, now: datetime | None = None) -> int:
    """Count sessions as held, unconfirmed, where one said so a week ago and the others have said nothing since.

    Returns how many. Where somebody says that it did not take place, nothing is settled.
    """
    before = (now or timezone.now()) - SILENCE
    said = Attendance.objects.filter(session=OuterRef("pk"))
    # Of those who joined a group, who says no speaks only for themselves.
    is_theirs_to_say = Q(session__seats=None) | Q(member=F("session__led_by"))
    against = said.filter(is_theirs_to_say, report=Attendance.Report.MISSED)
    silent = (
        Session.objects.to_log()
        .filter(Exists(said.filter(report=Attendance.Report.HELD, reported_at__lte=before)))
        .filter(Exists(said.filter(report="")), ~Exists(against))
    )
    # Without those that somebody is just logging; the next night finds them.
    sessions = list(silent.select_for_update(no_key=True, skip_locked=True, of=("self",)))
    for session in sessions:
        lengths = session.attendances.filter(report=Attendance.Report.HELD).values_list("reported_length", flat=True)
        session.status = Session.Status.HELD
        session.confirmation = Session.Confirmation.ONE
        session.length = min(length or NOTHING for length in lengths)
        session.save(update_fields=["status", "confirmation", "length"])
        emails.session_settled(session)
    return len(sessions)


def _opened(note: Note) -> str:
    return unseal(note.sealed, bound_to=note_place(note))


def _checked(length: timedelta | None) -> timedelta:
    if length is None or not NOTHING < length <= LONGEST:
        raise SessionProblem(_("Say how long it took, up to eight hours."))
    return length


def _settle(session: Session, attendances: list[Attendance], *, by: Member) -> None:
    """Count the session as held or missed when all say the same; else ask those who have not said anything yet."""
    reports = {attendance.report for attendance in attendances}
    was_unconfirmed = session.is_unconfirmed
    if reports == {Attendance.Report.HELD}:
        session.status = Session.Status.HELD
        session.confirmation = Session.Confirmation.BOTH
        session.length = min(attendance.reported_length or NOTHING for attendance in attendances)
    elif reports == {Attendance.Report.MISSED}:
        session.status = Session.Status.MISSED
        session.confirmation, session.length = Session.Confirmation.NONE, None
    elif was_unconfirmed and Attendance.Report.MISSED not in reports:
        # Still the word of some alone, and they may correct the length.
        session.length = min(each.reported_length or NOTHING for each in attendances if each.report)
    elif was_unconfirmed:
        # Somebody speaks up after all: it is for them to agree again.
        session.status, session.confirmation, session.length = Session.Status.PLANNED, Session.Confirmation.NONE, None
    else:
        emails.session_log_request(
            session, to=[attendance.member for attendance in attendances if not attendance.report], by=by
        )
        return
    session.save(update_fields=["status", "confirmation", "length"])
    if was_unconfirmed and session.confirmation != Session.Confirmation.BOTH:
        return
    emails.session_settled(session)
    if session.status == Session.Status.HELD:
        session_held.send(sender=Session, session=session)


def _said(session: Session, attendances: list[Attendance]) -> tuple[str, list[str]]:
    """What whoever leads it says, and what the others do.

    Of several who lead one is enough; where all are alike, whoever says first that it was held speaks for it.
    """
    leading = {session.led_by_id}
    if session.mentorship_id is not None:
        mentors = Participant.objects.filter(mentorship=session.mentorship_id, role=Role.MENTOR)
        leading = set(mentors.values_list("enrolment__member_id", flat=True))
    first = sorted(attendances, key=lambda each: (each.report != Attendance.Report.HELD, each.report == "", each.pk))
    leaders = [each for each in attendances if each.member_id in leading] or first[:1]
    reports = {each.report for each in leaders}
    leader = next(
        (report for report in (Attendance.Report.HELD, "", Attendance.Report.MISSED) if report in reports), ""
    )
    return leader, [each.report for each in attendances if each not in leaders]


def _settle_group(session: Session, attendances: list[Attendance], *, by: Member) -> None:
    """Count a group session as held or missed by what its leader and those who joined have said so far."""
    leader, joined = _said(session, attendances)
    if session.status == Session.Status.HELD and not session.is_unconfirmed:
        if any(each.member_id == by.pk and each.report == Attendance.Report.HELD for each in attendances):
            attendance_added.send(sender=Session, session=session, member=by)
        return
    verdict = group_verdict(leader, joined)
    if verdict == Attendance.Report.HELD:
        session.status, session.confirmation = Session.Status.HELD, Session.Confirmation.BOTH
    elif verdict == Attendance.Report.MISSED:
        session.status, session.confirmation = Session.Status.MISSED, Session.Confirmation.NONE
    elif session.is_unconfirmed and contradicts(leader, joined):
        session.status, session.confirmation = Session.Status.PLANNED, Session.Confirmation.NONE
    elif not session.is_unconfirmed:
        silent = [each.member for each in attendances if not each.report]
        emails.session_log_request(session, to=silent, by=by)
        return
    lengths = [each.reported_length for each in attendances if each.reported_length]
    session.length = min(lengths) if session.status == Session.Status.HELD else None
    session.save(update_fields=["status", "confirmation", "length"])
    if verdict == Attendance.Report.MISSED:
        emails.session_settled(session)
    elif verdict == Attendance.Report.HELD:
        # The others are still asked, because each says for themselves whether they were there.
        emails.session_log_request(session, to=[each.member for each in attendances if not each.report], by=by)
        session_held.send(sender=Session, session=session)
