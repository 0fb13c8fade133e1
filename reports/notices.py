"""What the people data lacks so much that the report on who stays is the worse for it, said in the report itself.

In sentences without a number, so that two reports tell of nobody: how many it is stands on the page on data quality.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from .reasons import kind_of
from .retention_facts import Facts

# A gap is worth a word from one in so many on.
ONE_IN = 10
# Leavers that begin so long after what is looked at were probably not kept before.
LATE_LEAVERS = timedelta(days=365)


def notices_of(facts: Facts, *, covered_from: date | None) -> list[str]:
    """What its reader must know of the people data; `covered_from` is the first day that the report looks at."""
    if not facts.spells:
        return []
    left = [(end, reason) for _member, _start, end, reason in facts.spells if end is not None and end <= facts.as_of]
    if not left:
        return [
            _("There are no leavers in the people data: has the export left them out? Without them, nothing can be said about who stays.")
        ]  # fmt: skip
    found = []
    begin = max(min(start for _member, start, _end, _reason in facts.spells), covered_from or date.min)
    if min(end for end, _reason in left) - begin > LATE_LEAVERS:
        found.append(
            _("Nobody is on record as having left in the first year that is looked at, or longer. If leavers of that time are missing, everybody seems to have stayed longer than they did: “Data and settings” takes the day since when leavers are recorded.")
        )  # fmt: skip
    if _many(sum(kind_of(reason) == 0 for _end, reason in left), len(left), facts):
        found.append(
            _("More than one in ten leavers have no reason on record. They count as leavers in every figure, but as “other” among the kinds of leaving, and not in voluntary turnover.")
        )  # fmt: skip
    hired = {member for member, _start, _end, _reason in facts.spells}
    if _many(len(facts.members.keys() - hired), len(facts.members), facts):
        found.append(
            _("More than one in ten people have no first day on record. They are left out altogether, as participants and as colleagues.")
        )  # fmt: skip
    ungrouped = sum(not (facts.members[member]["department"] and facts.members[member]["level"]) for member in hired)
    if _many(ungrouped, len(hired), facts):
        found.append(
            _("More than one in ten people have no department or level on record. They are compared only with each other, so colleagues like them may be less like them than elsewhere.")
        )  # fmt: skip
    return found


def _many(number: int, of: int, facts: Facts) -> bool:
    return number >= facts.floor and number * ONE_IN > of
