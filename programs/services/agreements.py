"""What the people of a mentorship agree on: written by one, accepted by all, anew after each change."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Member

from .. import emails, wording
from ..models import Agreement, AgreementAcceptance, Mentorship
from .problems import ChangedMeanwhile
from .taking_part import held_by, parts_of, require_active


@dataclass(frozen=True)
class Terms:
    """The four things that are worth agreeing on."""

    aims: str
    rhythm: str
    confidentiality: str
    ending: str


@dataclass(frozen=True)
class Standing:
    """One version of an agreement, and who has still to say yes."""

    agreement: Agreement
    accepted: list[AgreementAcceptance]
    missing: list[Member]

    @property
    def holds(self) -> bool:
        return not self.missing


def proposed_terms(mentorship: Mentorship) -> Terms:
    """Words to begin with."""
    return Terms(
        aims="",
        rhythm=wording.rhythm(mentorship.program),
        confidentiality=_(
            "What we say here stays between us. The exception is when somebody may come to harm: then we tell the "
            "safeguarding contact, and say so first."
        ),
        ending=_(
            "Either of us may end it at any time, without blame. We say so to each other, and take one last meeting "
            "to look back."
        ),
    )


def standings_of(mentorship: Mentorship) -> list[Standing]:
    """Every version, the newest first."""
    members = [part.enrolment.member for part in parts_of(mentorship)]
    versions = Agreement.objects.filter(mentorship=mentorship).select_related("written_by")
    found = []
    for agreement in versions.prefetch_related("acceptances__member").order_by("-version"):
        accepted = list(agreement.acceptances.all())
        said = {each.member_id for each in accepted}
        found.append(Standing(agreement, accepted, [member for member in members if member.pk not in said]))
    return found


@transaction.atomic
def write_agreement(mentorship: Mentorship, terms: Terms, *, after: int, by: Member) -> Agreement:
    """Write a new version; whoever writes it has accepted it, the others are asked.

    `after` is the version that was read, 0 for none. Raises ChangedMeanwhile if there is a newer one.
    """
    held, parts = held_by(mentorship, by)
    require_active(held)
    last = Agreement.objects.filter(mentorship=held).order_by("-version").first()
    if (last.version if last else 0) != after:
        raise ChangedMeanwhile(
            _("Somebody has written a new version while you were writing. Look at it below, then send yours again.")
        )
    if last is not None and Terms(last.aims, last.rhythm, last.confidentiality, last.ending) == terms:
        return last
    agreement = Agreement.objects.create(
        mentorship=held,
        version=after + 1,
        aims=terms.aims,
        rhythm=terms.rhythm,
        confidentiality=terms.confidentiality,
        ending=terms.ending,
        written_by=by,
    )
    AgreementAcceptance.objects.create(agreement=agreement, member=by)
    emails.agreement_written(held, agreement, people=parts, by=by)
    return agreement


@transaction.atomic
def accept_agreement(mentorship: Mentorship, *, version: int, by: Member) -> Agreement:
    """Say yes to the version that was read. Raises ChangedMeanwhile if there is a newer one."""
    held, _parts = held_by(mentorship, by)
    require_active(held)
    last = Agreement.objects.filter(mentorship=held).order_by("-version").first()
    if last is None or last.version != version:
        raise ChangedMeanwhile(_("There is a newer version now. Please read it first."))
    AgreementAcceptance.objects.get_or_create(agreement=last, member=by)
    return last
