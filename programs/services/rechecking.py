"""When what was true at the match is no longer: a new manager, a move, somebody leaving. An admin looks, nothing ends by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require

from .. import emails
from ..criteria import complete
from ..models import Mentorship, MentorshipEvent, Participant, Program, Role

# No chain of managers is longer; one that goes in a circle ends here.
LONGEST_CHAIN = 30
BATCH = 500


def look_again(members: Collection[int]) -> int:
    """Look at every running mentorship of these people, by their ids. Returns how many an admin has to look at anew."""
    parts = Participant.objects.present().filter(enrolment__member_id__in=list(members))
    found = Mentorship.objects.active().filter(
        pk__in=parts.values("mentorship_id"), program__in=Program.objects.running()
    )
    count = 0
    ids = list(found.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        count += _look_at(ids[start : start + BATCH])
    return count


def leaves(member: Member, last_day: date) -> int:
    """Somebody has a last day ahead: admins are told while there is time to find somebody else."""
    parts = Participant.objects.present().filter(enrolment__member=member)
    found = Mentorship.objects.active().filter(pk__in=parts.values("mentorship_id"))
    reason = _("%(name)s leaves the organisation on %(day)s.") % {
        "name": member.name, "day": date_format(last_day, "j F Y"),
    }  # fmt: skip
    return sum(raise_check(mentorship, reason) for mentorship in found.order_by("pk"))


@transaction.atomic
def raise_check(mentorship: Mentorship, reason: str) -> bool:
    """Ask the programme admins to look at a mentorship, once for each reason. Returns whether they were asked."""
    held = (
        Mentorship.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=mentorship.pk)
    )
    reason = reason[:300]
    if held.check_reason == reason:
        return False
    said = MentorshipEvent.objects.filter(mentorship=held, kind=MentorshipEvent.Kind.KEPT, text=reason)
    if said.exists():
        return False
    held.check_reason, held.check_since = reason, timezone.now()
    held.save(update_fields=["check_reason", "check_since"])
    MentorshipEvent.objects.create(mentorship=held, kind=MentorshipEvent.Kind.CHECK, text=reason)
    people = Participant.objects.filter(mentorship=held).select_related("enrolment__member")
    emails.mentorship_check(held, people=list(people.order_by("role", "id")))
    return True


@transaction.atomic
def keep(mentorship: Mentorship, *, by: Member) -> Mentorship:
    """An admin has looked, and leaves it as it is; the same reason is not raised again."""
    require(by, "programs.manage")
    held = Mentorship.objects.select_for_update(no_key=True, of=("self",)).get(pk=mentorship.pk)
    if held.check_since is not None:
        MentorshipEvent.objects.create(mentorship=held, kind=MentorshipEvent.Kind.KEPT, by=by, text=held.check_reason)
        held.check_reason, held.check_since = "", None
        held.save(update_fields=["check_reason", "check_since"])
    return held


def _look_at(ids: list[int]) -> int:
    parts: dict[int, list[Participant]] = {}
    present = Participant.objects.present().filter(mentorship__in=ids)
    for part in present.select_related("enrolment__member", "mentorship__program").order_by("role", "id"):
        parts.setdefault(part.mentorship_id, []).append(part)
    managers = _managers_of({part.enrolment.member_id for each in parts.values() for part in each})
    count = 0
    for each in parts.values():
        mentorship = each[0].mentorship
        reason = why_no_more(mentorship.program, each, managers)
        if reason:
            count += raise_check(mentorship, reason)
        elif mentorship.check_reason and not _is_leaving(each):
            # It has righted itself.
            Mentorship.objects.filter(pk=mentorship.pk).update(check_reason="", check_since=None)
    return count


def why_no_more(program: Program, people: Iterable[Participant], managers: dict[int, int]) -> str:
    """Why these people would not be put together today; empty if they would. `managers`: member → manager."""
    people = list(people)
    mentors = [part.enrolment.member for part in people if part.role == Role.MENTOR]
    others = [part.enrolment.member for part in people if part.role != Role.MENTOR]
    rules: dict[str, Any] = complete(program.criteria, program.kind)["rules"]
    pairs = [(one, other) for one in mentors for other in others] or [
        (one, other) for place, one in enumerate(others) for other in others[place + 1 :]
    ]
    for one, other in pairs:
        names = {"one": one.name, "other": other.name}
        # Where a programme puts people below those who lead them, as a board does, they were there at the match already.
        if rules["reporting_line"] and one.pk in _chain(other.pk, managers):
            return _("%(one)s now manages %(other)s.") % names
        if rules["reporting_line"] and other.pk in _chain(one.pk, managers):
            return _("%(other)s now manages %(one)s.") % names
        if rules.get("same_team") and one.manager_id and one.manager_id == other.manager_id:
            return _("%(one)s and %(other)s now have the same manager, which this programme rules out.") % names
        if rules.get("same_site") and one.site and other.site and one.site != other.site:
            return _("%(one)s and %(other)s now work in different places, which this programme rules out.") % names
        if mentors and one.level is not None and other.level is not None:
            gap, low, high = one.level - other.level, rules.get("min_level_gap"), rules.get("max_level_gap")
            if (low is not None and gap < low) or (high is not None and gap > high):
                return _("The levels of %(one)s and %(other)s no longer fit the rules of this programme.") % names
    return ""


def _is_leaving(people: Iterable[Participant]) -> bool:
    return any(part.enrolment.member.left_on for part in people)


def _chain(member: int, managers: dict[int, int]) -> list[int]:
    """Those above somebody, the nearest first."""
    found: list[int] = []
    while len(found) < LONGEST_CHAIN and (above := managers.get(member)) and above not in found:
        found.append(above)
        member = above
    return found


def _managers_of(members: Collection[int]) -> dict[int, int]:
    """Who manages these people, and those above them, a level at each question."""
    found: dict[int, int] = {}
    asking = set(members)
    for _step in range(LONGEST_CHAIN):
        if not asking:
            break
        rows = Member.objects.filter(pk__in=asking, manager__isnull=False).values_list("pk", "manager_id")
        step = {pk: manager for pk, manager in rows if manager is not None}
        found.update(step)
        asking = set(step.values()) - found.keys()
    return found
