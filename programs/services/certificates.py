"""Certificates: that somebody took part to the end, with a code by which anybody can check it."""

from __future__ import annotations

import secrets
from collections import Counter as Counts
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Branding, Member, Organisation
from accounts.rules import require
from mentoring import pdf
from mentoring.tenancy.scope import current_organisation_id, organisation_scope

from ..models import Certificate, CertificateCode, Mentorship, Participant

# Without what is easily mistaken for something else: 20 of 32 letters are 100 bits.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 20

# mentorship, member → {"sessions": 12, "minutes": 720} or more; told by the apps above.
Counter = Callable[..., dict[str, int]]
_counters: list[Counter] = []


def counts_for_certificates(count: Counter) -> Counter:
    """Register what an app above counts of a mentorship for one member's certificate."""
    _counters.append(count)
    return count


def issue(mentorship: Mentorship, people: Sequence[Participant]) -> list[Certificate]:
    """A certificate for everybody in a completed mentorship who has met in it; who has one keeps it.

    Only a confirmed session counts as having met. Of an event, whose meetings nobody has to log, it is one for all.
    """
    given = Certificate.objects.filter(mentorship=mentorship)
    if mentorship.round is not None:
        given = Certificate.objects.filter(mentorship__program=mentorship.program_id, mentorship__round__isnull=False)
    have = set(given.values_list("member_id", flat=True))
    made = []
    for part in people:
        member = part.enrolment.member
        facts = _facts(mentorship, part)
        if member.pk in have or not (facts.get("sessions") or mentorship.round is not None):
            continue
        code = "".join(secrets.choice(LETTERS) for _n in range(LENGTH))
        CertificateCode.objects.create(code=code, organisation_id=current_organisation_id())
        made.append(
            Certificate.objects.create(mentorship=mentorship, member=member, role=part.role, code=code, facts=facts)
        )
    return made


@transaction.atomic
def withdraw(certificate: Certificate, *, by: Member) -> Certificate:
    """Say that a certificate does not hold any more; whoever looks its code up is told."""
    require(by, "programs.manage")
    if certificate.withdrawn_at is None:
        certificate.withdrawn_at = timezone.now()
        certificate.save(update_fields=["withdrawn_at"])
    return certificate


def spaced(code: str) -> str:
    """As people read it aloud: ABCDE-FGHJK-…"""
    return "-".join(code[start : start + 5] for start in range(0, len(code), 5))


@dataclass(frozen=True)
class Checked:
    """What anybody learns who has a certificate's code, and nothing else."""

    name: str
    program: str
    organisation: str
    started_on: date
    ended_on: date
    withdrawn: bool


def look_up(code: str) -> Checked | None:
    """What a code stands for, whichever organisation it is of; None for one that was never given."""
    code = code.replace("-", "").replace(" ", "").upper()
    if len(code) != LENGTH or any(letter not in LETTERS for letter in code):
        return None
    pointer = CertificateCode.objects.filter(code=code).select_related("organisation").first()
    if pointer is None:
        return None
    with organisation_scope(pointer.organisation), transaction.atomic():
        certificate = Certificate.objects.filter(code=code).first()
    if certificate is None:
        return None
    facts = certificate.facts
    return Checked(
        name=facts["name"],
        program=facts["program"],
        organisation=facts["organisation"],
        started_on=date.fromisoformat(facts["started_on"]),
        ended_on=date.fromisoformat(facts["ended_on"]),
        withdrawn=certificate.withdrawn_at is not None,
    )


def address_of(certificate: Certificate) -> str:
    return settings.SITE_URL + reverse("certificate", kwargs={"code": certificate.code})


def as_pdf(certificate: Certificate) -> bytes:
    """The certificate as a tagged PDF."""
    facts = certificate.facts
    logo = Branding.objects.select_related("logo").first()
    data: dict[str, Any] = {
        "heading": _("Certificate"),
        "organisation": facts["organisation"],
        "statement": _("has taken part to the end, in the role of %(role)s, in the mentoring programme")
        % {"role": facts["role"]},
        "before": _("This is to certify that"),
        "name": facts["name"],
        "program": facts["program"],
        "dates": _("%(first)s to %(last)s") % {"first": _long(facts["started_on"]), "last": _long(facts["ended_on"])},
        "counted": _counted(facts),
        "issued": _("Issued on %(day)s")
        % {"day": date_format(timezone.localtime(certificate.issued_at, certificate.organisation.zone), "j F Y")},
        "check": _("Anybody can check this certificate at"),
        "address": address_of(certificate),
        "code": spaced(certificate.code),
        "logo_alt": _("Logo of %(organisation)s") % {"organisation": facts["organisation"]},
    }
    files = {}
    if logo is not None and logo.logo is not None:
        data["logo"], files["logo.png"] = "logo.png", bytes(logo.logo.content)
    title = _("Certificate of %(name)s") % {"name": facts["name"]}
    return pdf.render("certificate", data, title=title, language=translation.get_language() or "en", files=files)


def _long(day: str) -> str:
    return date_format(date.fromisoformat(day), "j F Y")


def _counted(facts: dict[str, Any]) -> str:
    sessions, minutes = facts.get("sessions", 0), facts.get("minutes", 0)
    if not sessions:
        return ""
    held = ngettext("%(n)d session", "%(n)d sessions", sessions) % {"n": sessions}
    if minutes < 60:
        return _("%(sessions)s, %(minutes)d minutes in all") % {"sessions": held, "minutes": minutes}
    hours = f"{minutes / 60:.1f}".removesuffix(".0")
    long = _("1 hour") if hours == "1" else _("%(hours)s hours") % {"hours": hours}
    return _("%(sessions)s, %(long)s in all") % {"sessions": held, "long": long}


def _meetings(mentorship: Mentorship, part: Participant) -> list[Mentorship]:
    """What a certificate is about: a mentorship, or of an event every meeting that somebody had."""
    if mentorship.round is None:
        return [mentorship]
    own = Participant.objects.met().filter(enrolment=part.enrolment_id, mentorship__round__isnull=False)
    return list(Mentorship.objects.filter(pk__in=own.values("mentorship_id")).order_by("meets_at", "pk"))


def _facts(mentorship: Mentorship, part: Participant) -> dict[str, Any]:
    organisation = Organisation.objects.get(pk=current_organisation_id())
    zone = organisation.zone
    started, ended = mentorship.started_at or mentorship.offered_at, mentorship.ended_at or timezone.now()
    counted: Counts[str] = Counts()
    meetings = _meetings(mentorship, part)
    for each in meetings:
        for count in _counters:
            counted.update(count(each, part.enrolment.member))
    if days := [each.meets_at for each in meetings if each.meets_at]:
        started, ended = min(days), max(days)
    names = mentorship.program.kind.role_names
    return {
        "name": part.enrolment.member.name,
        "program": mentorship.program.name,
        "organisation": organisation.name,
        "role": str(names.get(part.role) or part.get_role_display()),
        "started_on": started.astimezone(zone).date().isoformat(),
        "ended_on": ended.astimezone(zone).date().isoformat(),
        **counted,
    }
