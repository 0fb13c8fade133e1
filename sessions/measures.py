"""What sessions count for the objectives of a programme."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.measures import Figure, measure
from programs.models import Mentorship, Program

from .models import Session


@measure("sessions")
def sessions(program: Program) -> Figure:
    """Confirmed sessions for each mentorship that began, also for those that ended early."""
    began = Mentorship.objects.filter(program=program, started_at__isnull=False).count()
    held = Session.objects.held().filter(mentorship__program=program).count()
    basis = ngettext("%(held)d held in %(n)d mentorship", "%(held)d held in %(n)d mentorships", began)
    value = (Decimal(held) / began).quantize(Decimal("0.1")) if began else None
    return Figure(value, basis % {"held": held, "n": began} if began else _("no mentorship has begun yet"))
