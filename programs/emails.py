"""The letters of this app."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import Member, Organisation
from mentoring.outbox.models import Message
from mentoring.outbox.services import write_letter
from mentoring.tenancy.scope import current_organisation_id

from .models import Enrolment, Mentorship, Participant, Program
from .wording import for_members

# An offer, a place: news that still counts a week later.
LIFE = timedelta(days=7)


def path(view: str, pk: int) -> str:
    """The path of one of our pages in the organisation in scope."""
    slug = Organisation.objects.only("slug").get(pk=current_organisation_id()).slug
    return reverse(view, kwargs={"org": slug, "pk": pk})


def signed_up(enrolment: Enrolment, *, by: Member) -> None:
    """Confirm a sign-up, whatever became of it."""
    _about_enrolment("sign_up", enrolment, by_other=by.name if by.pk != enrolment.member_id else "")


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
            reasons=for_members(mentorship.reasons, role=role),
            link=links.get(member.pk, ""),
        )


def mentorship_started(mentorship: Mentorship, *, people: Sequence[Participant]) -> None:
    _about_mentorship("mentorship_started", mentorship, people=people, to=people)


def mentorship_declined(mentorship: Mentorship, *, participant: Participant, others: Sequence[Participant]) -> None:
    """Tell the other that it did not come about, and the programme admins why."""
    people = [participant, *others]
    _about_mentorship("mentorship_over", mentorship, people=people, to=others, why="declined")
    for admin in Member.objects.programme_admins().current():
        if admin.pk in {each.enrolment.member_id for each in people}:
            continue
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


def mentorship_completed(mentorship: Mentorship, *, people: Sequence[Participant], by: Member) -> None:
    to = [each for each in people if each.enrolment.member_id != by.pk]
    _about_mentorship("mentorship_over", mentorship, people=people, to=to, why="completed")


def _about_mentorship(
    kind: str, mentorship: Mentorship, *, people: Sequence[Participant], to: Sequence[Participant], **context: Any
) -> None:
    for reader in to:
        others = [each.enrolment.member for each in people if each.pk != reader.pk]
        _write(
            kind,
            reader.enrolment.member,
            about=f"mentorship:{mentorship.pk}",
            view="programs:mentorship",
            pk=mentorship.pk,
            program=mentorship.program,
            other=", ".join(other.name for other in others),
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
        expires_after=LIFE,
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
