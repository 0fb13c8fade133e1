"""Goals of a mentorship: set, changed, moved on and closed by the people in it, and read by nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, Skill

from ..models import Goal, GoalProgress, Mentorship, Milestone
from .problems import ChangedMeanwhile, ProgramProblem
from .taking_part import held_by, require_active

MOST_OPEN = 10
MOST_MILESTONES = 20


@dataclass(frozen=True)
class Wanted:
    """What somebody says of a goal."""

    text: str
    measure: str
    due_on: date | None
    why: str = ""
    skill: Skill | None = None
    baseline: Decimal | None = None
    target: Decimal | None = None
    unit: str = ""


def goals_of(mentorship: Mentorship) -> list[Goal]:
    """Every goal with its progress and milestones, the open ones first."""
    goals = Goal.objects.filter(mentorship=mentorship).select_related("owner", "skill")
    goals = goals.prefetch_related(
        Prefetch("progress", GoalProgress.objects.select_related("by").order_by("at", "id")), "milestones"
    )
    return sorted(goals, key=lambda goal: (goal.status != Goal.Status.OPEN, goal.due_on or date.max, goal.pk))


def share_reached(goal: Goal) -> float | None:
    """How far a goal is between its beginning and its target, from 0 to 1; by its milestones where it has no number."""
    values = [each.value for each in goal.progress.all() if each.value is not None]
    steps = list(goal.milestones.all())
    done = sum(step.done_at is not None for step in steps)
    return share_of(goal.baseline, goal.target, values[-1] if values else None, len(steps), done)


def share_of(
    baseline: Decimal | None, target: Decimal | None, now: Decimal | None, steps: int, done: int
) -> float | None:
    """The same from the numbers alone; `now` is None where nothing was measured yet."""
    if baseline is not None and target is not None and target != baseline:
        at = baseline if now is None else now
        return min(1.0, max(0.0, float((at - baseline) / (target - baseline))))
    return done / steps if steps else None


@transaction.atomic
def add_goal(
    mentorship: Mentorship, wanted: Wanted, *, owner: Member, milestones: Iterable[str] = (), by: Member
) -> Goal:
    """Write down a goal of one of the mentorship, with the steps on the way to it."""
    held, parts = held_by(mentorship, by)
    require_active(held)
    if owner.pk not in {part.enrolment.member_id for part in parts}:
        raise ProgramProblem(_("Only somebody of this mentorship can have a goal in it."))
    if Goal.objects.filter(mentorship=held, status=Goal.Status.OPEN).count() >= MOST_OPEN:
        raise ProgramProblem(
            _("There are %(n)d goals under way already. Close one first: fewer goals are reached more often.")
            % {"n": MOST_OPEN}
        )
    goal = Goal(mentorship=held, owner=owner, made_by=by)
    _take(goal, wanted)
    goal.save()
    steps = [text for line in milestones if (text := " ".join(line.split()))][:MOST_MILESTONES]
    Milestone.objects.bulk_create(
        Milestone(goal=goal, text=text[:200], position=position) for position, text in enumerate(steps)
    )
    return goal


@transaction.atomic
def change_goal(goal: Goal, wanted: Wanted, *, version: int, by: Member) -> Goal:
    """Change the words of a goal. Raises ChangedMeanwhile if it is no longer the version that was read."""
    goal = _held(goal, by)
    _require_open(goal)
    if goal.version != version:
        raise ChangedMeanwhile(
            _("Somebody has changed this goal while you were writing. Below it stands as it is now.")
        )
    _take(goal, wanted)
    goal.version += 1
    goal.save()
    return goal


@transaction.atomic
def note_progress(goal: Goal, *, value: Decimal | None, note: str, by: Member) -> GoalProgress:
    """Say where a goal stands now. Anybody in the mentorship may."""
    goal = _held(goal, by)
    _require_open(goal)
    if value is None and not note.strip():
        raise ProgramProblem(_("Write where it stands, or what happened."))
    return GoalProgress.objects.create(goal=goal, by=by, value=value, note=note.strip()[:300])


@transaction.atomic
def add_milestone(goal: Goal, *, text: str, due_on: date | None = None, by: Member) -> Milestone:
    goal = _held(goal, by)
    _require_open(goal)
    text = " ".join(text.split())
    if not text:
        raise ProgramProblem(_("Write what the step is."))
    if goal.milestones.count() >= MOST_MILESTONES:
        raise ProgramProblem(_("A goal has at most %(n)d milestones.") % {"n": MOST_MILESTONES})
    last = goal.milestones.aggregate(last=Max("position"))["last"]
    return Milestone.objects.create(goal=goal, text=text[:200], due_on=due_on, position=0 if last is None else last + 1)


@transaction.atomic
def tick_milestone(milestone: Milestone, *, done: bool, by: Member) -> Milestone:
    """Say that a step is done, or not after all."""
    _require_open(_held(milestone.goal, by))
    found = _found(milestone)
    if done != bool(found.done_at):
        found.done_at = timezone.now() if done else None
        found.save(update_fields=["done_at"])
    return found


@transaction.atomic
def remove_milestone(milestone: Milestone, *, by: Member) -> None:
    _require_open(_held(milestone.goal, by))
    _found(milestone).delete()


@transaction.atomic
def close_goal(goal: Goal, *, status: str, score: int | None, by: Member) -> Goal:
    """Say how a goal ended, with a score from 0 to 10; also after the mentorship is complete."""
    goal = _held(goal, by)
    if goal.mentorship.status not in (Mentorship.Status.ACTIVE, Mentorship.Status.COMPLETED):
        require_active(goal.mentorship)
    if status not in (Goal.Status.REACHED, Goal.Status.PARTLY, Goal.Status.DROPPED):
        raise ProgramProblem(_("Say how it ended."))
    if goal.status != Goal.Status.OPEN:
        raise ChangedMeanwhile(_("This goal has been closed already. You can open it again."))
    goal.status, goal.score, goal.closed_at = Goal.Status(status), score, timezone.now()
    goal.save(update_fields=["status", "score", "closed_at"])
    return goal


@transaction.atomic
def reopen_goal(goal: Goal, *, by: Member) -> Goal:
    """Take a close back."""
    goal = _held(goal, by)
    require_active(goal.mentorship)
    goal.status, goal.score, goal.closed_at = Goal.Status.OPEN, None, None
    goal.save(update_fields=["status", "score", "closed_at"])
    return goal


def _take(goal: Goal, wanted: Wanted) -> None:
    goal.text, goal.measure, goal.due_on = wanted.text, wanted.measure, wanted.due_on
    goal.why, goal.skill, goal.unit = wanted.why, wanted.skill, wanted.unit
    goal.baseline, goal.target = wanted.baseline, wanted.target


def _held(goal: Goal, by: Member) -> Goal:
    mentorship, _parts = held_by(goal.mentorship, by)
    held = Goal.objects.select_for_update(no_key=True, of=("self",)).get(pk=goal.pk)
    held.mentorship = mentorship
    return held


def _found(milestone: Milestone) -> Milestone:
    found = Milestone.objects.filter(pk=milestone.pk).first()
    if found is None:
        raise ChangedMeanwhile(_("Somebody has removed this milestone meanwhile."))
    return found


def _require_open(goal: Goal) -> None:
    require_active(goal.mentorship)
    if goal.status != Goal.Status.OPEN:
        raise ChangedMeanwhile(_("This goal has been closed. Open it again to go on with it."))
