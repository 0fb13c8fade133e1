"""What people thought, for the objectives of a programme."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from programs.measures import Figure, measure
from programs.models import Program

from .services import averages


@measure("satisfaction")
def satisfaction(program: Program) -> Figure:
    """How useful sessions were, of 5, once five people have answered."""
    found = averages(program)
    if found is None:
        return Figure(None, _("shown once five people have answered"))
    basis = _("%(answers)d answers of %(people)d people") % {"answers": found.answers, "people": found.people}
    return Figure(Decimal(str(found.useful)).quantize(Decimal("0.01")), basis)
