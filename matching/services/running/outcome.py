"""What came of a run, in a few sentences."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Candidate, MatchRun


@transaction.atomic
def outcome(run: MatchRun) -> str:
    """How many are proposed a mentor, and whatever an admin should know before they trust that."""
    told = [
        _("%(proposed)d of %(mentees)d mentees are proposed a mentor.")
        % {"proposed": run.proposed, "mentees": run.mentees}
    ]
    if left := run.mentees - run.proposed:
        told.append(
            ngettext("%(left)d has none, with the reason given.", "%(left)d have none, with the reasons given.", left)
            % {"left": left}
        )
    if not run.proposed and not run.places:
        told.append(_("No mentor has a free place."))
    elif not run.proposed and not Candidate.objects.filter(run=run).exists():
        told.append(_("The rules forbid every pair."))
    if run.disturbed:
        told.append(
            ngettext("%(n)d running pair would change.", "%(n)d running pairs would change.", run.disturbed)
            % {"n": run.disturbed}
        )
    if run.proposed > 1 and _all_alike(run):
        told.append(_("All pairs score the same, so the earliest sign-ups went first."))
    if gone := len(run.criteria.get("left_out", ())):
        told.append(
            ngettext(
                "%(n)d question that counted no longer exists and was left out.",
                "%(n)d questions that counted no longer exist and were left out.",
                gone,
            )
            % {"n": gone}
        )
    return " ".join(told)


def _all_alike(run: MatchRun) -> bool:
    return Candidate.objects.filter(run=run).order_by().values_list("score", flat=True).distinct()[:2].count() == 1
