"""Letters about sessions: invitations that calendars understand, reminders, and the question how it went.

Everyone reads times in their own zone. What is sent is rendered when it is written, so no letter says "in three days".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.outbox.models import Message
from mentoring.outbox.services import Attachment, take_back, write_letter
from mentoring.templatetags.ui import zone_name
from programs.models import Program

from . import ics
from .answering import ANSWERS, answer_address
from .models import Attendance, BusyCalendar, Session
from .reminding import MINUTE, SESSION, chosen, optional, unsubscribe_headers

INVITATIONS = ["session_booked", "session_moved", "session_clocks", "group_joined"]
# By how many minutes before the session they come.
REMINDERS = {
    10080: "reminder_1w", 2880: "reminder_2d", 1440: "reminder_24h", 180: "reminder_3h", 60: "reminder_1h",
    15: "reminder_15m",
}  # fmt: skip
# A reminder that comes later than this would only confuse.
REMINDER_LASTS = timedelta(minutes=10)
STAYING_SHOWN = 10


def session_booked(session: Session, *, by: Member) -> None:
    """Invite everyone, and write the reminders."""
    _load(session)
    _invite(session, "session_booked", by=by)
    plan_reminders(session, to=session.people())


def session_moved(session: Session, *, was_at: datetime, by: Member) -> None:
    """Send everyone the new time in place of the old one."""
    _load(session)
    _take_back(session, _("The session was moved."))
    _invite(session, "session_moved", by=by, was_at=was_at)
    plan_reminders(session, to=session.people())


def session_clocks(session: Session, *, was_at: datetime | None = None) -> None:
    """Tell everyone that the rules of the clocks have changed, and send the new time; or that it could not be kept.

    Without `was_at` the session stays at its instant, which the clocks show differently now.
    """
    _load(session)
    extra = {"zone": zone_name(session.starts_at.astimezone(session.zone)), "is_kept": was_at is not None}
    if was_at is None:
        for member in session.people():
            _write(session, "session_clocks_shown", to=member, extra=extra)
        return
    _take_back(session, _("The rules of the clocks have changed."))
    for member, attachment in _attachments(session, "REQUEST", by=None):
        _write(session, "session_clocks", to=member, attachment=attachment, was_at=was_at, extra=extra)
    plan_reminders(session, to=session.people())


def session_wished(session: Session, *, to: Iterable[Member], by: Member, wishes: Sequence[Session] = ()) -> None:
    """Ask for a yes, to a whole series at once."""
    for member in to:
        _write(session, "session_wished", to=member, by=by, extra={"times": _times(wishes, member)})


def session_settled_wish(session: Session) -> None:
    """Nobody needs to be asked for a yes any more."""
    take_back(about(session), kinds=["session_wished"], outcome=_("This has been answered, or has lapsed."))


def session_wish_over(
    session: Session, *, by: Member | None, others: Iterable[datetime] = (), wishes: Sequence[Session] = ()
) -> None:
    """Tell who wished for a session, or for several of a series, that it won't be, with other times."""
    to = session.booked_by
    assert to is not None
    length = session.ends_at - session.starts_at
    book = reverse("sessions:book", kwargs={"org": session.organisation.slug, "pk": session.mentorship_id})
    extra = {
        "others": [session_times(at, at + length, to.zone) for at in others],
        "times": _times(wishes, to),
        "book_url": settings.SITE_URL + book,
    }
    _write(session, "session_wish_over", to=to, by=by, extra=extra)


def session_cancelled(session: Session, *, by: Member | None) -> None:
    """Take the session out of everyone's calendar."""
    _load(session)
    _take_back(session, _("The session was cancelled."))
    for member, attachment in _attachments(session, "CANCEL", by=by):
        _write(session, "session_cancelled", to=member, by=by, attachment=attachment)


def sessions_stay(program: Program, booked: Mapping[Member, Sequence[Session]]) -> None:
    """Tell people that a programme is paused, and that what they have booked in it takes place."""
    ref, organisation = f"pause:{program.pk}", program.organisation
    # It may be paused more than once.
    told = Counter(Message.objects.filter(subject_ref=ref, kind="sessions_stay").values_list("recipient", flat=True))
    for to, sessions in booked.items():
        write_letter(
            "sessions_stay",
            to=to.email,
            about=ref,
            template="mail/sessions/sessions_stay",
            context={
                "organisation_name": organisation.name,
                "given_name": to.given_name,
                "program": program.name,
                "times": [session_times(each.starts_at, each.ends_at, to.zone) for each in sessions[:STAYING_SHOWN]],
                "more": max(0, len(sessions) - STAYING_SHOWN),
                "url": settings.SITE_URL + reverse("sessions:list", kwargs={"org": organisation.slug}),
            },
            sequence=told[to.email.lower()],
        )


def group_joined(session: Session, *, to: Member) -> None:
    """Invite somebody who has just joined, and write their reminders."""
    _write(session, "group_joined", to=to, by=to, attachment=_attachment(session, "REQUEST", by=to, to=to))
    plan_reminders(session, to=[to])


def came_in(session: Session, *, to: Member) -> None:
    """Invite somebody who has come into a mentorship to a session that the others have booked."""
    attachment = _attachment(session, "REQUEST", by=session.booked_by, to=to)
    _write(session, "session_booked", to=to, by=session.booked_by, attachment=attachment)
    plan_reminders(session, to=[to])


def group_left(session: Session, *, to: Member, reason: str = "") -> None:
    """Take the session out of the calendar of somebody who has left it; a reason says why it was not their own doing."""
    _take_back(session, _("You have left this session."), to=to.email)
    attachment = _attachment(session, "CANCEL", by=None, to=to)
    _write(session, "group_left", to=to, attachment=attachment, extra={"reason": reason})


def session_declined(session: Session, *, by: Member) -> None:
    """Tell the others that somebody can't come, with the ways to another time."""
    _load(session)
    ways = {"move_url": _address(session, "sessions:move"), "cancel_url": _address(session, "sessions:cancel")}
    for member in session.others(by):
        _write(session, "session_declined", to=member, by=by, extra=ways, part=f":{by.pk}", again=True)


def session_accepted(session: Session, *, by: Member) -> None:
    """Nobody needs to hear any more that somebody can't come, unless they have already."""
    take_back(f"{about(session)}:{by.pk}", kinds=["session_declined"], outcome=_("They can come after all."))


def session_log_request(session: Session, *, to: Iterable[Member], by: Member) -> None:
    """Ask those who have said nothing yet how the session went."""
    people = list(to)
    wanting = chosen(people, "log")
    for member in people:
        if wanting[member.pk]:
            _write(session, "session_log_request", to=member, by=by, optional_kind="log")


def session_settled(session: Session) -> None:
    """Nobody needs to be asked any more."""
    outcome = _("It counts as held after a week.") if session.is_unconfirmed else _("Everybody has said how it went.")
    take_back(about(session), kinds=["session_log_request"], outcome=outcome)


def plan_reminders(session: Session, *, to: Iterable[Member]) -> None:
    """Write the reminders that these people have chosen, and take back those they no longer want.

    One whose time has gone by already is kept for the record, with the reason why it is not sent.
    """
    people = list(to)
    choices = chosen(people)
    for member in people:
        wanted = {REMINDERS[minutes]: minutes * MINUTE for minutes in choices[member.pk] if minutes in REMINDERS}
        unwanted = [kind for kind in REMINDERS.values() if kind not in wanted]
        take_back(about(session), kinds=unwanted, outcome=_("Not wanted any more."), to=member.email)
        for kind, ahead in wanted.items():
            due_at = session.starts_at - ahead
            late = due_at <= timezone.now()
            _write(
                session,
                kind,
                to=member,
                optional_kind=SESSION,
                due_at=due_at,
                expires_after=REMINDER_LASTS,
                again=True,
                skipped=_("Its time had gone by already.") if late else "",
            )


def renew_reminders(session: Session, *, changed: Collection[int]) -> None:
    """Write those that wait anew where they show another time than is now on the clocks of these people, by their ids."""
    waiting = Message.objects.filter(
        subject_ref=about(session), kind__in=REMINDERS.values(), status=Message.Status.PENDING
    )
    texts = list(waiting.values_list("recipient", "text"))
    outdated = [
        member
        for member in session.people()
        if any(to == member.email.lower() and _is_outdated(text, session, member, changed) for to, text in texts)
    ]
    for member in outdated:
        outcome = _("One of you has another time zone now.")
        take_back(about(session), kinds=[*REMINDERS.values()], outcome=outcome, to=member.email)
    plan_reminders(session, to=outdated)


def _is_outdated(text: str, session: Session, to: Member, changed: Collection[int]) -> bool:
    if to.pk in changed and session_times(session.starts_at, session.ends_at, to.zone) not in text:
        return True
    shown = _with_other_clocks(session, to)
    for other in session.others(to):
        # A change of the reader's own makes others' times worth showing, or no longer.
        if to.pk not in changed and other.pk not in changed:
            continue
        is_shown = _("For %(name)s") % {"name": other.name} in text
        if is_shown != (other in shown):
            return True
        if is_shown and session_times(session.starts_at, session.ends_at, other.zone) not in text:
            return True
    return False


def _with_other_clocks(session: Session, to: Member) -> list[Member]:
    """Those whose times a letter shows as well: the others whose clocks differ; in a group it is the leader's that matters."""
    return [
        other
        for other in session.others(to)
        if (not session.has_seats or other.pk == session.led_by_id)
        and other.zone.utcoffset(session.starts_at) != to.zone.utcoffset(session.starts_at)
    ]


def about(session: Session) -> str:
    return f"session:{session.pk}"


def session_times(starts_at: datetime, ends_at: datetime, zone: tzinfo) -> str:
    """Say when a session is, such as "Tuesday 24 November 2026, 14:00 to 15:00 Berlin time"."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    until = f"{end:%H:%M}"
    if end.date() != start.date():
        until = f"{date_format(end, 'l j F')}, {until}"
    return _("%(day)s, %(start)s to %(until)s %(zone)s") % {
        "day": date_format(start, "l j F Y"), "start": f"{start:%H:%M}", "until": until, "zone": zone_name(end),
    }  # fmt: skip


def calendar_file(
    session: Session,
    *,
    method: ics.Method,
    by: Member | None = None,
    reader: Member | None = None,
    to: Member | None = None,
) -> str:
    """The session as an iCalendar text. An invitation names everyone; a reader's own copy (PUBLISH) names only the others.

    A group's names nobody but who it is sent `to`: those who join needn't know each other's addresses.
    """
    people = session.people()
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return ics.session_calendar(
        method=method,
        uid=str(session.uid),
        sequence=session.calendar_sequence,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        zone=session.zone,
        summary=_("Mentoring: %(people)s")
        % {"people": session.topic if session.has_seats else names_of(person for person in people if person != reader)},
        organizer=(session.organisation.name or name, address),
        attendees=_attendees(session, by, to),
        stamp=timezone.now(),
        description=session.topic,
        location=session.place,
        url=_address(session),
    ).decode()


def _attendees(session: Session, by: Member | None, to: Member | None) -> list[ics.Attendee]:
    if session.has_seats:
        # Who has joined has accepted; who has left is still told who it is that is taken out.
        return [ics.Attendee(to.name, to.email, "ACCEPTED")] if to and ics.EMAIL.fullmatch(to.email) else []
    return [
        ics.Attendee(each.member.name, each.member.email, _partstat(each, session, by))
        for each in session.attendances.all()
        if ics.EMAIL.fullmatch(each.member.email)
    ]


def _partstat(attendance: Attendance, session: Session, by: Member | None) -> str:
    if answer := attendance.answer_to(session):
        return answer.upper()
    # Who changes a session comes to it.
    return "ACCEPTED" if by is not None and attendance.member_id == by.pk else "NEEDS-ACTION"


def _times(sessions: Sequence[Session], reader: Member) -> list[str]:
    """When several sessions are; nothing for one, whose time is among the facts."""
    times = [session_times(each.starts_at, each.ends_at, reader.zone) for each in sessions]
    return times if len(times) > 1 else []


def _load(session: Session) -> None:
    """Read once who takes part, for all letters about it."""
    people = Attendance.objects.select_related("member__organisation")
    prefetch_related_objects([session], Prefetch("attendances", people))


def _invite(session: Session, kind: str, *, by: Member, was_at: datetime | None = None) -> None:
    for member, attachment in _attachments(session, "REQUEST", by=by):
        _write(session, kind, to=member, by=by, attachment=attachment, was_at=was_at)


def _take_back(session: Session, outcome: str, *, to: str = "") -> None:
    # An invitation that has not left yet is answered by the one that follows it.
    kinds = [*INVITATIONS, *REMINDERS.values(), "session_preparation"]
    take_back(about(session), kinds=kinds, outcome=outcome, to=to)


def _write(
    session: Session,
    kind: str,
    *,
    to: Member,
    by: Member | None = None,
    was_at: datetime | None = None,
    attachment: Attachment | None = None,
    optional_kind: str = "",
    extra: dict[str, Any] | None = None,
    part: str = "",
    **timing: Any,
) -> None:
    length = session.ends_at - session.starts_at
    facts = [{"label": _("When"), "value": session_times(session.starts_at, session.ends_at, to.zone)}]
    facts += [
        {
            "label": _("For %(name)s") % {"name": other.name},
            "value": session_times(session.starts_at, session.ends_at, other.zone),
        }
        for other in _with_other_clocks(session, to)
    ]
    if was_at is not None:
        facts.append({"label": _("Before"), "value": session_times(was_at, was_at + length, to.zone)})
    unsaid = _("Not said yet") if session.has_seats else _("Agree on it with each other")
    facts.append({"label": _("Where"), "value": session.place or unsaid})
    if session.topic:
        facts.append({"label": _("About"), "value": session.topic})
    context: dict[str, Any] = {
        "organisation_name": session.organisation.name,
        "given_name": to.given_name,
        "names": names_for(session, to),
        "by": by.name if by else "",
        # A group's leader has their own session, even if an admin has opened it for them.
        "is_own": by == to or (kind == "session_booked" and session.has_seats),
        "is_group": session.has_seats,
        "reason": session.cancel_reason,
        "facts": facts,
        "day": date_format(session.starts_at.astimezone(to.zone), "l j F"),
        "clock": f"{session.starts_at.astimezone(to.zone):%H:%M}",
        "heading": _heading(kind, session, to),
        "url": _address(session),
        "log_url": _address(session, "sessions:log"),
        **(extra or {}),
    }
    if session.held_until is not None:
        until = session.held_until.astimezone(to.zone)
        context["until"] = f"{date_format(until, 'l j F')}, {until:%H:%M}"
    if kind in INVITATIONS and by != to and not session.has_seats:
        context |= {f"{answer}_url": answer_address(session, to, answer) for answer in ANSWERS}
    headers = {}
    if optional_kind:
        context |= optional(to, optional_kind)
        headers = unsubscribe_headers(to, optional_kind)
    write_letter(
        kind,
        to=to.email,
        about=about(session) + part,
        template="mail/sessions/" + ("reminder" if kind in REMINDERS.values() else kind),
        context=context,
        # Who leaves a group may join it again.
        sequence=session.calendar_sequence if kind in ("group_joined", "group_left") else session.sequence,
        attachments=[attachment] if attachment else [],
        headers=headers,
        **timing,
    )


def _heading(kind: str, session: Session, reader: Member) -> str:
    """When the session is, as a reminder says it on the reader's calendar at the time at which it comes."""
    if kind == "reminder_15m":
        return _("In 15 minutes")
    if kind == "reminder_1h":
        return _("In an hour")
    if kind == "reminder_3h":
        return _("In 3 hours")
    starts_at = session.starts_at.astimezone(reader.zone)
    for minutes, name in REMINDERS.items():
        if name == kind:
            days = (starts_at.date() - (session.starts_at - minutes * MINUTE).astimezone(reader.zone).date()).days
            # A day before a clock change may be the same day.
            return {0: _("Today"), 1: _("Tomorrow")}.get(days) or _("On %(day)s") % {
                "day": date_format(starts_at, "l j F")
            }
    return ""


def _attachments(session: Session, method: ics.Method, *, by: Member | None) -> Iterator[tuple[Member, Attachment]]:
    """What the calendar of each who takes part is sent: the same for all, but in a group for each alone."""
    same = None if session.has_seats else _attachment(session, method, by=by)
    for member in session.people():
        yield member, same or _attachment(session, method, by=by, to=member)


def _attachment(session: Session, method: ics.Method, *, by: Member | None, to: Member | None = None) -> Attachment:
    part = ics.mail_part(method, calendar_file(session, method=method, by=by, to=to).encode())
    return {"name": part.filename, "content_type": part.mimetype, "content": part.content}


def _address(session: Session, view_name: str = "sessions:detail") -> str:
    return settings.SITE_URL + reverse(view_name, kwargs={"org": session.organisation.slug, "pk": session.pk})


def names_for(session: Session, reader: Member) -> str:
    """Whom a reader meets: the others by name; in a group the leader, and for the leader the group."""
    if not session.has_seats:
        return names_of(session.others(reader))
    if session.led_by is None or session.led_by_id == reader.pk:
        return _("your group")
    return session.led_by.name


def names_of(people: Iterable[Member]) -> str:
    """Join names as people say them: Ines, Tom and Mira."""
    names = [person.name for person in people]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def calendar_failing(calendar: BusyCalendar, *, problem: str) -> None:
    """Tell its owner that a calendar has not been read for hours."""
    member = calendar.member
    assert calendar.failing_since is not None
    organisation = calendar.organisation
    write_letter(
        "calendar_failing",
        to=member.email,
        about=f"busy_calendar:{calendar.pk}",
        template="mail/sessions/calendar_failing",
        context={
            "organisation_name": organisation.name,
            "given_name": member.given_name,
            "name": calendar.name,
            "problem": problem,
            "day": date_format(calendar.failing_since.astimezone(member.zone), "l j F"),
            "url": settings.SITE_URL + reverse("sessions:calendar", kwargs={"org": organisation.slug}),
        },
        # Once for each time that it begins to fail.
        sequence=int(calendar.failing_since.timestamp()) // 60,
    )
