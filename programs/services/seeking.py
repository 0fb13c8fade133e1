"""Who looks for somebody: one rule for the overview, supply against demand, the home page and matching. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q

from mentoring.tenancy.clock import today

from ..models import Enrolment, Mentorship, Participant, Role


def taking_part(programs: Iterable[Any]) -> Any:
    """Enrolments of these programmes that count: enrolled, and still working here."""
    here = Q(member__left_on__isnull=True) | Q(member__left_on__gte=today())
    return Enrolment.objects.filter(program__in=programs).active().filter(here)


def placed(programs: Iterable[Any]) -> Any:
    """Who is in a mentorship, or has an offer of one."""
    statuses = [Mentorship.Status.OFFERED, Mentorship.Status.ACTIVE]
    return Participant.objects.present().filter(mentorship__program__in=programs, mentorship__status__in=statuses)


def served(programs: Iterable[Any]) -> Any:
    """Whose mentorship was completed since they last signed up, mentors apart: they look for no other by themselves."""
    done = Participant.objects.present().filter(
        mentorship__program__in=programs,
        mentorship__status=Mentorship.Status.COMPLETED,
        mentorship__ended_at__gte=F("enrolment__applied_at"),
    )
    return done.exclude(enrolment__role=Role.MENTOR)


def seeking(programs: Iterable[Any]) -> Any:
    """Everybody but mentors who has nobody yet."""
    programs = list(programs)
    return (
        taking_part(programs)
        .exclude(role=Role.MENTOR)
        # NOT IN is worked out once as a whole, where NOT EXISTS may be asked for each row.
        .exclude(pk__in=placed(programs).values("enrolment_id"))
        .exclude(pk__in=served(programs).values("enrolment_id"))
    )
