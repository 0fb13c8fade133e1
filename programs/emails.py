"""The letters of this app."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation
from mentoring.outbox.models import Message
from mentoring.outbox.services import take_back, write_letter
from mentoring.tenancy.scope import current_organisation_id

from .marked_text import to_html
from .models import (
    Agreement,
    Announcement,
    Certificate,
    ClosingReview,
    Enrolment,
    Mentorship,
    Participant,
    Program,
    Role,
)
from .wording import for_members, rhythm, role_name

# An offer, a place: news that still counts a week later.
LIFE = timedelta(days=7)
# Whoever was asked to look back so long ago is not asked anew because the last day has moved.
ASKED_LATELY = timedelta(days=28)


def path(view: str, pk: int) -> str:
    """The path of one of our pages in the organisation in scope."""
    slug = Organisation.objects.only("slug").get(pk=current_organisation_id()).slug
    return reverse(view, kwargs={"org": slug, "pk": pk})


def signed_up(enrolment: Enrolment, *, by: Member, approver: Member | None = None) -> None:
    """Confirm a sign-up, whatever became of it; with an `approver`, their manager is who decides."""
    by_other = by.name if by.pk != enrolment.member_id else ""
    _about_enrolment("sign_up", enrolment, by_other=by_other, approver=approver.name if approver else "")


def approval_asked(enrolment: Enrolment, *, manager: Member, link: str) -> None:
    """Ask the line manager of somebody who has signed up for their yes or no."""
    _approval("approval_asked", enrolment, manager=manager, link=link)


def approval_reminder(enrolment: Enrolment, *, manager: Member, link: str) -> int:
    """Ask a line manager again, once for each sign-up. Returns how many letters were written."""
    about = f"enrolment:{enrolment.pk}"
    earlier = Message.objects.filter(kind="approval_reminder", subject_ref=about, recipient=manager.email.lower())
    if earlier.filter(written_at__gte=enrolment.applied_at).exists():
        return 0
    _approval("approval_reminder", enrolment, manager=manager, link=link)
    return 1


def no_approval_needed(enrolment: Enrolment) -> None:
    """Take back what managers were asked: it is decided, or needless."""
    kinds = ["approval_asked", "approval_reminder"]
    take_back(f"enrolment:{enrolment.pk}", kinds=kinds, outcome="decided")


def _approval(kind: str, enrolment: Enrolment, *, manager: Member, link: str) -> None:
    about, program = f"enrolment:{enrolment.pk}", enrolment.program
    _write(
        kind,
        manager,
        about=about,
        view="programs:approval",
        pk=enrolment.pk,
        program=program,
        sequence=Message.objects.filter(subject_ref=about, kind=kind, recipient=manager.email.lower()).count(),
        link=link,
        expires_after=timedelta(days=21),
        who=enrolment.member.name,
        role=str(program.parts[enrolment.role].name)
        if enrolment.role in program.parts
        else enrolment.get_role_display(),
        rhythm=rhythm(program),
        ends=date_format(program.ends_on, "j F Y") if program.ends_on else "",
    )


def place_given(enrolment: Enrolment, *, waited: bool = False) -> None:
    """Tell that a sign-up was approved, or that a place has become free."""
    _about_enrolment("sign_up_decided", enrolment, waited=waited)


def sign_up_declined(enrolment: Enrolment) -> None:
    _about_enrolment("sign_up_ended", enrolment, why="declined")


def taken_out(enrolment: Enrolment) -> None:
    """Tell somebody that an admin has taken them out of the programme."""
    _about_enrolment("sign_up_ended", enrolment, why="taken_out")


def program_closed(enrolment: Enrolment) -> None:
    _about_enrolment("sign_up_ended", enrolment, why="closed")


def invited_to_sign_up(
    program: Program, member: Member, *, by: Member, message: str = "", link: str = "", sequence: int = 0
) -> None:
    """Invite a member to sign up. `link` lets one without a login set it up and come to the sign-up page."""
    _write(
        "sign_up_invitation",
        member,
        about=f"program:{program.pk}",
        view="programs:join",
        pk=program.pk,
        program=program,
        inviter=by.name,
        message=message,
        link=link,
        sequence=sequence,
    )


def invited_addresses(program: Program) -> set[str]:
    """Who has had the invitation to sign up."""
    sent = Message.objects.filter(subject_ref=f"program:{program.pk}", kind="sign_up_invitation")
    return set(sent.values_list("recipient", flat=True))


def invited_to(programs: Collection[Program]) -> dict[int, int]:
    """Programme → how many addresses have had its invitation to sign up."""
    refs = {f"program:{program.pk}": program.pk for program in programs}
    sent = Message.objects.filter(subject_ref__in=refs, kind="sign_up_invitation").order_by()
    counted = sent.values_list("subject_ref").annotate(n=Count("recipient", distinct=True))
    return dict.fromkeys(refs.values(), 0) | {refs[ref]: count for ref, count in counted}


def mentorship_offered(mentorship: Mentorship, *, mentor: Member, mentee: Member, links: Mapping[int, str]) -> None:
    """Ask both for their answer. `links` let those of them without a login, by their id, set it up and answer."""
    for member, other, role in ((mentor, mentee, "mentor"), (mentee, mentor, "mentee")):
        _write(
            "mentorship_offered",
            member,
            about=f"mentorship:{mentorship.pk}",
            view="programs:respond",
            pk=mentorship.pk,
            program=mentorship.program,
            other=other,
            role=role,
            role_name=role_name(mentorship.program, Role.MENTOR),
            topic=str(mentorship.topic or ""),
            reasons=for_members(mentorship.reasons, role=role),
            answer_by=_day(mentorship.answer_by, member),
            link=links.get(member.pk, ""),
        )


def offer_reminder(participant: Participant, *, others: Sequence[Participant], due_at: datetime, link: str) -> int:
    """Remind somebody, at that time, of an offer that they haven't answered. Returns how many letters were written."""
    mentorship, member = participant.mentorship, participant.enrolment.member
    # About the participant, so that one's answer takes back one's own reminder only.
    about = f"participant:{participant.pk}"
    if Message.objects.filter(kind="offer_reminder", subject_ref=about).exists():
        return 0
    _write(
        "offer_reminder",
        member,
        about=about,
        view="programs:respond",
        pk=mentorship.pk,
        program=mentorship.program,
        other=", ".join(other.enrolment.member.name for other in others),
        role=participant.role,
        answer_by=_day(mentorship.answer_by, member),
        link=link,
        due_at=due_at,
        expires_after=timedelta(days=1),
    )
    return int(bool(member.email))


def no_reminder(participant: Participant) -> None:
    """Take back a reminder that has become needless."""
    take_back(f"participant:{participant.pk}", kinds=["offer_reminder"], outcome="answered")


def mentorship_lapsed(mentorship: Mentorship, *, people: Sequence[Participant]) -> None:
    """Tell both that it did not come about, and the programme admins who hadn't answered."""
    silent = [each for each in people if each.response == Participant.Response.PENDING]
    for reader in people:
        why = "lapsed" if reader in silent else "declined"
        _about_mentorship("mentorship_over", mentorship, people=people, to=[reader], why=why)
    names = _(" and ").join(each.enrolment.member.name for each in silent)
    for admin in _admins(besides=people):
        _write(
            "offer_lapsed",
            admin,
            about=f"mentorship:{mentorship.pk}",
            view="programs:detail",
            pk=mentorship.program_id,
            program=mentorship.program,
            who=names,
            pair=_(" and ").join(each.enrolment.member.name for each in people),
        )


def change_asked(participant: Participant) -> None:
    """Tell the programme admins, and nobody else, that somebody asks for another match."""
    about = f"participant:{participant.pk}"
    for admin in _admins(besides=[participant]):
        _write(
            "change_asked",
            admin,
            about=about,
            view="programs:mentorship",
            pk=participant.mentorship_id,
            program=participant.mentorship.program,
            # Asking, taking it back and asking again is another letter.
            sequence=Message.objects.filter(
                subject_ref=about, kind="change_asked", recipient=admin.email.lower()
            ).count(),
            who=participant.enrolment.member.name,
            reason=participant.change_reason,
        )


def change_taken_back(participant: Participant) -> None:
    take_back(f"participant:{participant.pk}", kinds=["change_asked"], outcome="taken back")


def _admins(*, besides: Sequence[Participant]) -> list[Member]:
    """The programme admins who take no part in it."""
    own = {each.enrolment.member_id for each in besides}
    return [admin for admin in Member.objects.programme_admins().current() if admin.pk not in own]


def _day(at: datetime | None, reader: Member) -> str:
    """The last day on which an answer counts, where the reader is."""
    if at is None:
        return ""
    return date_format(timezone.localtime(at, ZoneInfo(reader.time_zone)), "l j F")


def mentorship_started(
    mentorship: Mentorship, *, people: Sequence[Participant], to: Sequence[Participant] | None = None
) -> None:
    _about_mentorship("mentorship_started", mentorship, people=people, to=people if to is None else to)


def group_offered(
    mentorship: Mentorship, *, people: Sequence[Participant], to: Sequence[Participant], links: Mapping[int, str]
) -> None:
    """Ask people whether they take their seat in a group; each reads who else is in it, and in which role."""
    names = mentorship.program.kind.role_names
    for reader in to:
        member = reader.enrolment.member
        earlier = Message.objects.filter(
            kind="group_offered", subject_ref=f"mentorship:{mentorship.pk}", recipient=member.email.lower()
        ).count()
        _write(
            "group_offered",
            member,
            about=f"mentorship:{mentorship.pk}",
            view="programs:respond",
            pk=mentorship.pk,
            program=mentorship.program,
            sequence=earlier,
            other=_others(mentorship, people, reader),
            role=str(names.get(reader.role, reader.get_role_display())),
            leads=reader.role == Role.MENTOR,
            people=[
                {"name": each.enrolment.member.name, "role": str(names.get(each.role, each.get_role_display()))}
                for each in people
                if each.pk != reader.pk
            ],
            answer_by=_day(mentorship.answer_by, member),
            link=links.get(member.pk, ""),
        )


def group_joined(mentorship: Mentorship, *, participant: Participant, others: Sequence[Participant]) -> None:
    """Tell those in a group that somebody has joined them."""
    _group_news(mentorship, participant, others, why="joined")


def group_left(
    mentorship: Mentorship,
    *,
    participant: Participant,
    others: Sequence[Participant],
    reason: str,
    by: Member | None,
) -> None:
    """Tell those in a group, and the programme admins, that somebody has left it; only admins read the reason."""
    in_it = [each for each in others if each.response == Participant.Response.ACCEPTED]
    _group_news(mentorship, participant, in_it, why="left")
    _seat_free(mentorship, participant, others, why="left", reason=reason, by=by)
    if by is not None and by.pk != participant.enrolment.member_id:
        _about_mentorship("mentorship_over", mentorship, people=[participant, *others], to=[participant], why="ended")


def group_seat_free(mentorship: Mentorship, *, participant: Participant, others: Sequence[Participant]) -> None:
    """Tell the programme admins that somebody has said no to a group, or nothing, and that their seat is free."""
    _seat_free(mentorship, participant, others, why="declined", reason=participant.decline_reason, by=None)


def _seat_free(
    mentorship: Mentorship,
    participant: Participant,
    others: Sequence[Participant],
    *,
    why: str,
    reason: str,
    by: Member | None,
) -> None:
    for admin in _admins(besides=[participant, *others]):
        if by is not None and admin.pk == by.pk:
            continue
        _group_letter(mentorship, participant, others, to=admin, why=f"{why}_admin", reason=reason)


def _group_news(mentorship: Mentorship, participant: Participant, readers: Sequence[Participant], *, why: str) -> None:
    for reader in readers:
        _group_letter(mentorship, participant, readers, to=reader.enrolment.member, why=why)


def _group_letter(
    mentorship: Mentorship,
    participant: Participant,
    people: Sequence[Participant],
    *,
    to: Member,
    why: str,
    reason: str = "",
) -> None:
    about = f"participant:{participant.pk}"
    _write(
        "group_news",
        to,
        about=about,
        view="programs:mentorship",
        pk=mentorship.pk,
        program=mentorship.program,
        # Somebody may leave, come back, and leave again.
        sequence=Message.objects.filter(subject_ref=about, kind="group_news", recipient=to.email.lower()).count(),
        who=participant.enrolment.member.name,
        leads=participant.role == Role.MENTOR,
        group=mentorship.name,
        others=_listed([each.enrolment.member.name for each in people if each.enrolment.member_id != to.pk]),
        why=why,
        reason=reason,
    )


def _others(mentorship: Mentorship, people: Sequence[Participant], reader: Participant) -> str:
    """What a mentorship is called to one of its people: the group's name, or who else is in it."""
    return mentorship.name or _listed([each.enrolment.member.name for each in people if each.pk != reader.pk])


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def mentorship_declined(mentorship: Mentorship, *, participant: Participant, others: Sequence[Participant]) -> None:
    """Tell the other that it did not come about, and the programme admins why."""
    people = [participant, *others]
    _about_mentorship("mentorship_over", mentorship, people=people, to=others, why="declined")
    for admin in _admins(besides=people):
        _write(
            "mentorship_declined",
            admin,
            about=f"mentorship:{mentorship.pk}",
            view="programs:detail",
            pk=mentorship.program_id,
            program=mentorship.program,
            who=participant.enrolment.member.name,
            other=", ".join(each.enrolment.member.name for each in others),
            reason=participant.decline_reason,
        )


def mentorship_ended(
    mentorship: Mentorship,
    *,
    people: Sequence[Participant],
    by: Member | None,
    to: Sequence[Participant] | None = None,
) -> None:
    """Tell everybody else in it, without the reason."""
    if to is None:
        to = [each for each in people if by is None or each.enrolment.member_id != by.pk]
    _about_mentorship("mentorship_over", mentorship, people=people, to=to, why="ended")


def agreement_written(
    mentorship: Mentorship, agreement: Agreement, *, people: Sequence[Participant], by: Member
) -> None:
    """Ask everybody else to accept a version of the agreement."""
    take_back(f"mentorship:{mentorship.pk}", kinds=["agreement_written"], outcome="newer version")
    for reader in people:
        if reader.enrolment.member_id != by.pk:
            _write(
                "agreement_written",
                reader.enrolment.member,
                about=f"mentorship:{mentorship.pk}",
                view="programs:agreement",
                pk=mentorship.pk,
                program=mentorship.program,
                sequence=agreement.version,
                who=by.name,
                is_first=agreement.version == 1,
            )


def mentorship_turned(
    mentorship: Mentorship, *, people: Sequence[Participant], by: Member | None, what: str, day: date | None
) -> None:
    """Tell everybody else that it is paused, goes on or ends on another day. `what`: paused, resumed or extended."""
    about = f"mentorship:{mentorship.pk}"
    for reader in people:
        member = reader.enrolment.member
        if by is not None and member.pk == by.pk:
            continue
        _write(
            "mentorship_paused",
            member,
            about=about,
            view="programs:mentorship",
            pk=mentorship.pk,
            program=mentorship.program,
            # It may be paused more than once.
            sequence=Message.objects.filter(
                subject_ref=about, kind="mentorship_paused", recipient=member.email.lower()
            ).count(),
            who=by.name if by is not None else "",
            other=_names(people, besides=reader),
            what=what,
            day=date_format(day, "j F Y") if day else "",
        )


def mentorship_check(mentorship: Mentorship, *, people: Sequence[Participant]) -> None:
    """Ask the programme admins to look at a mentorship; those in it are not told."""
    about = f"mentorship:{mentorship.pk}"
    for admin in _admins(besides=people):
        _write(
            "mentorship_check",
            admin,
            about=about,
            view="programs:mentorship",
            pk=mentorship.pk,
            program=mentorship.program,
            sequence=Message.objects.filter(
                subject_ref=about, kind="mentorship_check", recipient=admin.email.lower()
            ).count(),
            pair=_names(people),
            reason=mentorship.check_reason,
        )


def closing_review(mentorship: Mentorship, *, people: Sequence[Participant], day: date) -> int:
    """Ask everybody, once for each last day, to look back; not those asked a moment ago, if it moved by a few days only.

    Returns how many letters were written.
    """
    about, of_day = f"mentorship:{mentorship.pk}", Q(sequence=day.toordinal())
    sent = Message.objects.filter(kind="closing_review", subject_ref=about)
    asked = set(
        sent.filter(of_day | Q(written_at__gt=timezone.now() - ASKED_LATELY)).values_list("recipient", flat=True)
    )
    written = 0
    for reader in people:
        member = reader.enrolment.member
        if member.email and member.email.lower() not in asked:
            _write(
                "closing_review",
                member,
                about=about,
                view="programs:closing",
                pk=mentorship.pk,
                program=mentorship.program,
                sequence=day.toordinal(),
                other=_names(people, besides=reader),
                day=date_format(day, "j F Y"),
            )
            written += 1
    return written


def mentorship_thanks(mentorship: Mentorship, *, people: Sequence[Participant]) -> None:
    """Thank everybody, with the way to their certificate and what the others wrote to them."""
    said = ClosingReview.objects.filter(mentorship=mentorship).exclude(thanks="").select_related("member")
    words = [(review.member_id, review.member.name, review.thanks) for review in said]
    certified = set(Certificate.objects.filter(mentorship=mentorship).values_list("member_id", flat=True))
    for reader in people:
        member = reader.enrolment.member
        _write(
            "mentorship_thanks",
            member,
            about=f"mentorship:{mentorship.pk}",
            view="programs:closing",
            pk=mentorship.pk,
            program=mentorship.program,
            other=_others(mentorship, people, reader),
            has_certificate=member.pk in certified,
            words=[(name, text) for author, name, text in words if author != member.pk],
            # Whoever was mentored may be one who mentors next.
            mentor_url=settings.SITE_URL + path("programs:mentor_next", mentorship.pk)
            if reader.role != Role.MENTOR
            else "",
        )


def _names(people: Sequence[Participant], *, besides: Participant | None = None) -> str:
    return _(" and ").join(each.enrolment.member.name for each in people if besides is None or each.pk != besides.pk)


def _about_mentorship(
    kind: str, mentorship: Mentorship, *, people: Sequence[Participant], to: Sequence[Participant], **context: Any
) -> None:
    for reader in to:
        _write(
            kind,
            reader.enrolment.member,
            about=f"mentorship:{mentorship.pk}",
            view="programs:mentorship",
            pk=mentorship.pk,
            program=mentorship.program,
            other=_others(mentorship, people, reader),
            is_group=bool(mentorship.name) or len(people) > 2,
            **context,
        )


def _about_enrolment(kind: str, enrolment: Enrolment, **context: Any) -> None:
    about = f"enrolment:{enrolment.pk}"
    # Somebody may leave and come back: the same letter once more.
    earlier = Message.objects.filter(subject_ref=about, kind=kind).count()
    _write(
        kind,
        enrolment.member,
        about=about,
        view="programs:detail",
        pk=enrolment.program_id,
        program=enrolment.program,
        sequence=earlier,
        status=enrolment.status,
        role=enrolment.role,
        reason=enrolment.decision_reason,
        **context,
    )


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
    due_at: datetime | None = None,
    expires_after: timedelta = LIFE,
    **context: Any,
) -> None:
    """`link` is for a reader without a login: it brings one, and leads to the page."""
    organisation = reader.organisation
    write_letter(
        kind,
        to=reader.email,
        about=about,
        template=f"mail/programs/{kind}",
        sequence=sequence,
        due_at=due_at,
        expires_after=expires_after,
        # It lets its reader in.
        secret=bool(link),
        context={
            "organisation_name": organisation.name,
            "given_name": reader.given_name,
            "has_login": reader.user_id is not None,
            "program_name": program.name,
            "brings_login": bool(link),
            "url": link or settings.SITE_URL + reverse(view, kwargs={"org": organisation.slug, "pk": pk}),
            **context,
        },
    )


def announced(announcement: Announcement, *, to: Member) -> int:
    """Send an announcement to one of those it is for, once. Returns how many letters were written."""
    program = announcement.program
    about = f"announcement:{announcement.pk}"
    if Message.objects.filter(kind="announcement", subject_ref=about, recipient=to.email.lower()).exists():
        return 0
    _write(
        "announcement",
        to,
        about=about,
        view="programs:announcements",
        pk=program.pk,
        program=program,
        title=announcement.title,
        body=announcement.body,
        html=to_html(announcement.body),
    )
    return 1


def message_written(mentorship: Mentorship, *, to: Member, by: Member, due_at: datetime) -> None:
    """Tell somebody that there is a message; what it says stays on its page."""
    about = f"chat:{mentorship.pk}"
    _write(
        "chat_message",
        to,
        about=about,
        view="programs:messages",
        pk=mentorship.pk,
        program=mentorship.program,
        sequence=Message.objects.filter(subject_ref=about, kind="chat_message", recipient=to.email.lower()).count(),
        due_at=due_at,
        who=by.name,
    )


def messages_read(mentorship: Mentorship, *, by: Member) -> None:
    about = f"chat:{mentorship.pk}"
    take_back(about, kinds=["chat_message"], outcome="read", to=by.email)
    # What has gone already is no news any more.
    found = Message.objects.filter(kind="chat_message", subject_ref=about, recipient=by.email.lower())
    found.filter(read_at__isnull=True).update(read_at=timezone.now())
