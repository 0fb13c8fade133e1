"""The home page of those who run programmes: what is unfinished, and how each programme does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, DateTimeField, Max, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Invitation, Member, PeopleImport
from feedback.concerns import contact_of
from feedback.health import AT_RISK
from feedback.standing import counts_of
from matching.models import GroupProposal, GroupSeat, MatchRun, Proposal
from programs.models import Enrolment, Mentorship, Program, Role
from programs.services.seeking import seeking
from sessions.models import Session

from ..caching import kept
from .actions import Action, address

PROGRAMS_SHOWN = 20
CHECKS_SHOWN = 3
RECENT = timedelta(days=30)
# Nobody comes back to an import that was left for so long; a newer export will be read instead.
IMPORT_WAITS = timedelta(days=7)
JUDGED_FOR = timedelta(minutes=10)


@dataclass
class ProgramRow:
    """One programme in numbers."""

    program: Program
    mentors: int = 0
    mentees: int = 0
    active: int = 0
    offered: int = 0
    held_lately: int = 0
    to_approve: int = 0
    proposed: int = 0
    unmatched: int = 0
    at_risk: int = 0
    joined_at: datetime | None = None
    matched_at: datetime | None = None

    @property
    def is_draft(self) -> bool:
        return self.program.status == Program.Status.DRAFT

    @property
    def is_pool(self) -> bool:
        """Whether all who take part are alike, so that there are no mentors to wait for."""
        return Role.MENTOR not in self.program.parts

    @property
    def arranging(self) -> str:
        return self.program.kind.arranging

    @property
    def is_ready(self) -> bool:
        """Whether there are enough people for matching to begin with."""
        return self.mentees > 1 if self.is_pool else bool(self.mentors and self.mentees)

    @property
    def is_scored(self) -> bool:
        """Whether matching has looked at everybody who is still without a match."""
        return self.matched_at is not None and (self.joined_at is None or self.joined_at <= self.matched_at)


@dataclass
class Running:
    """What those who run an organisation's programmes see of them."""

    programs: list[ProgramRow] = field(default_factory=list)
    has_people: bool = True
    has_colleagues: bool = True
    # An import that was read and waits to be confirmed: its id and the name of its file.
    unconfirmed_import: tuple[int, str] | None = None

    @property
    def launched(self) -> list[ProgramRow]:
        return [row for row in self.programs if not row.is_draft]

    @property
    def drafts(self) -> list[ProgramRow]:
        return [row for row in self.programs if row.is_draft]


def running_of(member: Member) -> Running:
    """Read what those who run programmes see at home, in as many queries for many programmes as for few."""
    programs = Program.objects.exclude(status=Program.Status.CLOSED).order_by("-created_at", "-pk")
    named = programs.select_related("safeguarding_contact")
    rows = {program.pk: ProgramRow(program) for program in named[:PROGRAMS_SHOWN]}
    _count_enrolments(rows)
    _count_mentorships(rows)
    _count_sessions(rows)
    _count_matching(rows)
    _count_at_risk(rows, member)
    colleagues = Member.objects.exclude(pk=member.pk)
    # One that would write nothing waits for nobody.
    writes = Q(counts__create__gt=0) | Q(counts__change__gt=0)
    read = PeopleImport.objects.filter(
        writes, status=PeopleImport.Status.PLANNED, uploaded_at__gt=timezone.now() - IMPORT_WAITS
    )
    signs_in = colleagues.with_login().exists()
    return Running(
        programs=list(rows.values()),
        has_people=signs_in or colleagues.exists(),
        has_colleagues=signs_in or Invitation.objects.open().exists(),
        unconfirmed_import=read.order_by("-uploaded_at", "-pk").values_list("pk", "file_name").first(),
    )


def to_set_up(member: Member, running: Running, *, may_invite: bool) -> Iterator[Action]:
    """The steps from an empty organisation to its first programme."""
    if running.unconfirmed_import:
        pk, name = running.unconfirmed_import
        yield Action(
            key="confirm_import",
            title=_("Confirm the import of %(file)s") % {"file": name},
            text=_("It has been read; nothing is written until you have looked at it and confirmed."),
            label=_("Look at the preview"),
            url=address(member, "accounts:import_preview", pk=pk),
            icon="file-spreadsheet",
        )
    elif not running.has_people:
        yield Action(
            key="import",
            title=_("Bring in your people"),
            text=_(
                "Upload an export of your HR system. You see what would happen to each row before anything is written."
            ),
            label=_("Import people"),
            url=address(member, "accounts:import_upload"),
            icon="upload",
        )
    for row in running.drafts if not running.launched else []:
        yield _draft(member, row)
    if not running.programs:
        yield Action(
            key="launch",
            title=_("Launch your first programme"),
            text=_("Choose what it is for and who takes part. A template fills in the rest; you can change all of it."),
            label=_("Start a programme"),
            url=address(member, "programs:start"),
            icon="sprout",
        )
    if may_invite and running.has_people and not running.has_colleagues:
        yield Action(
            key="invite",
            title=_("Invite your colleagues"),
            text=_("Nobody but you can sign in yet. Invite programme admins and HR first."),
            label=_("Invite colleagues"),
            url=address(member, "accounts:invitation_create"),
            icon="mail",
        )


def to_decide(member: Member, running: Running) -> Iterator[Action]:
    """What people in programmes are waiting for."""
    for row in running.launched:
        if row.to_approve:
            yield Action(
                key="approve",
                title=ngettext("%(count)d sign-up to approve", "%(count)d sign-ups to approve", row.to_approve)
                % {"count": row.to_approve},
                text=_("They are waiting for a place in %(program)s.") % {"program": row.program.name},
                label=_("Look at the sign-ups"),
                url=address(member, "programs:enrolments", pk=row.program.pk),
                icon="user-check",
            )
    own = Mentorship.objects.involving(member).values("pk")
    changed = Mentorship.objects.filter(check_since__isnull=False).exclude(pk__in=own).order_by("check_since", "pk")
    for mentorship in changed.select_related("program")[:CHECKS_SHOWN]:
        yield Action(
            key="check",
            title=_("Look at a mentorship in %(program)s") % {"program": mentorship.program.name},
            text=mentorship.check_reason,
            label=_("Look at it"),
            url=address(member, "programs:mentorship", pk=mentorship.pk),
            icon="triangle-alert",
        )
    for row in running.launched:
        if row.proposed:
            yield _to_publish(member, row)
    for row in running.launched:
        if row.unmatched and row.is_ready and not row.is_scored and row.program.pairing != Program.Pairing.CHOICE:
            yield _to_match(member, row)


def _to_publish(member: Member, row: ProgramRow) -> Action:
    label = _("Review the matches")
    if row.arranging == "rotation":
        title, label = _("Review the timetable"), _("Review the timetable")
        text = _("In %(program)s. Change what you like, then publish: everybody gets their meetings as invitations.")
    elif row.arranging == "pairs":
        title = ngettext("Review %(count)d proposed match", "Review %(count)d proposed matches", row.proposed)
        text = _("In %(program)s. Change what you like, then publish: both sides are asked whether they accept.")
    else:
        title = ngettext("Review %(count)d suggestion", "Review %(count)d suggestions", row.proposed)
        text = _("In %(program)s. Change what you like, then publish: everybody is asked whether they accept.")
    return Action(
        key="publish",
        title=title % {"count": row.proposed},
        text=text % {"program": row.program.name},
        label=label,
        url=address(member, "matching:board", pk=row.program.pk),
        icon="shuffle",
    )


def _to_match(member: Member, row: ProgramRow) -> Action:
    label = _("Go to matching")
    if row.arranging == "rotation":
        title = _("Make the timetable of the event")
        text, label = _("In %(program)s. Everybody meets somebody new in each round."), _("Make the timetable")
    elif row.arranging == "pairs":
        title = ngettext("Find a mentor for %(count)d mentee", "Find mentors for %(count)d mentees", row.unmatched)
        text = _("In %(program)s. Matching proposes pairs and says why; you decide.")
    else:
        title = ngettext(
            "Find out with whom %(count)d person goes best", "Find out who of %(count)d people go best together",
            row.unmatched,
        )  # fmt: skip
        text = _("In %(program)s. Matching suggests who is with whom; you decide.")
    return Action(
        key="match",
        title=title % {"count": row.unmatched},
        text=text % {"program": row.program.name},
        label=label,
        url=address(member, "matching:board", pk=row.program.pk),
        icon="sparkles",
    )


def to_look_at(member: Member, running: Running) -> Iterator[Action]:
    """What can wait for a quiet hour."""
    yield from _contacts_to_name(member, running)
    for row in running.launched:
        if row.at_risk:
            yield Action(
                key="at_risk",
                title=ngettext("%(count)d mentorship is at risk", "%(count)d mentorships are at risk", row.at_risk)
                % {"count": row.at_risk},
                text=_("In %(program)s. See why, and help with one click: a reminder, a talk, or another match.")
                % {"program": row.program.name},
                label=_("See who needs help"),
                url=address(member, "feedback:relationships", pk=row.program.pk),
                icon="triangle-alert",
            )
    for row in running.launched:
        if row.unmatched and row.is_scored:
            is_pairs = row.arranging == "pairs"
            if is_pairs:
                title = ngettext(
                    "%(count)d mentee is without a mentor", "%(count)d mentees are without a mentor", row.unmatched
                )
            else:
                title = ngettext(
                    "%(count)d person is without a place", "%(count)d people are without a place", row.unmatched
                )
            yield Action(
                key="unmatched",
                title=title % {"count": row.unmatched},
                text=_("In %(program)s. See the reason for each, and what would help.") % {"program": row.program.name},
                label=_("See why"),
                url=address(member, "matching:unmatched" if is_pairs else "matching:groups", pk=row.program.pk),
                icon="circle-help",
            )
    for row in running.drafts if running.launched else []:
        yield _draft(member, row)
    for row in running.launched:
        if row.program.status == Program.Status.OPEN and not row.is_ready:
            yield Action(
                key="recruit",
                title=_("Nobody can be matched in %(program)s yet") % {"program": row.program.name},
                text=(
                    _("It needs at least two people. Share its sign-up page, or import a sheet of sign-ups.")
                    if row.is_pool
                    else _(
                        "It needs %(leading)s and %(joining)s. Share its sign-up page, or import a sheet of sign-ups."
                    )
                    % {
                        "leading": row.program.parts[Role.MENTOR].plural,
                        "joining": row.program.parts[Role.MENTEE].plural,
                    }
                ),
                label=_("Open the programme"),
                url=address(member, "programs:detail", pk=row.program.pk),
                icon="share-2",
            )


def _contacts_to_name(member: Member, running: Running) -> Iterator[Action]:
    """Owners are told that they are told: without a contact a concern goes to them."""
    without = [row.program for row in running.launched if contact_of(row.program) is None] if member.is_owner else []
    if without:
        one, more = without[0], len(without) - 1
        text = (
            ngettext(
                "In %(program)s and %(more)d more programme nobody is named: a concern goes to an owner of the organisation, such as you.",
                "In %(program)s and %(more)d more programmes nobody is named: a concern goes to an owner of the organisation, such as you.",
                more,
            )
            if more
            else _("In %(program)s nobody is named: a concern goes to an owner of the organisation, such as you.")
        )
        yield Action(
            key="contact",
            title=_("Name a safeguarding contact"),
            text=text % {"program": one.name, "more": more},
            label=_("Name somebody"),
            url=address(member, "programs:readiness", pk=one.pk),
            icon="shield",
        )


def _draft(member: Member, row: ProgramRow) -> Action:
    return Action(
        key="draft",
        title=_("Finish %(program)s") % {"program": row.program.name or _("your programme")},
        text=_("Everything that you entered was kept. Go on where you stopped."),
        label=_("Go on"),
        url=address(member, "programs:wizard", pk=row.program.pk, step=row.program.wizard_step),
        icon="pencil",
    )


def _count_enrolments(rows: dict[int, ProgramRow]) -> None:
    counted = (
        Enrolment.objects.filter(program__in=rows)
        .order_by()
        .values("program_id", "role", "status")
        .annotate(n=Count("pk"))
    )
    for each in counted:
        row = rows[each["program_id"]]
        if each["status"] == Enrolment.Status.APPLIED:
            row.to_approve += each["n"]
        elif each["status"] == Enrolment.Status.ACTIVE and each["role"] == Role.MENTOR:
            row.mentors = each["n"]
        elif each["status"] == Enrolment.Status.ACTIVE:
            row.mentees = each["n"]


def _count_mentorships(rows: dict[int, ProgramRow]) -> None:
    counted = (
        Mentorship.objects.taking_places()
        .filter(program__in=rows)
        .order_by()
        .values("program_id", "status")
        .annotate(n=Count("pk"))
    )
    for each in counted:
        row = rows[each["program_id"]]
        if each["status"] == Mentorship.Status.ACTIVE:
            row.active = each["n"]
        else:
            row.offered = each["n"]


def _count_sessions(rows: dict[int, ProgramRow]) -> None:
    counted = (
        Session.objects.held()
        .filter(starts_at__gt=timezone.now() - RECENT)
        .order_by()
        .values(of=Coalesce("mentorship__program_id", "program_id"))
        .filter(of__in=rows)
        .annotate(n=Count("pk"))
    )
    for each in counted:
        rows[each["of"]].held_lately = each["n"]


def _count_at_risk(rows: dict[int, ProgramRow], member: Member) -> None:
    """How many mentorships need help, without the member's own; kept for some minutes, because all of them are judged."""
    launched = [row for row in rows.values() if not row.is_draft and row.active + row.offered]
    if not launched:
        return
    moment = int(timezone.now().timestamp() // JUDGED_FOR.total_seconds())
    marker = ([(row.program.pk, row.active, row.offered) for row in launched], member.pk, moment)

    def judged() -> dict[int, int]:
        own = set(Mentorship.objects.involving(member).values_list("pk", flat=True))
        counts = counts_of([row.program for row in launched], without=own)
        return {program_id: states[AT_RISK] for program_id, states in counts.items()}

    for program_id, count in kept("at_risk", marker, judged).items():
        rows[program_id].at_risk = count


def _count_matching(rows: dict[int, ProgramRow]) -> None:
    draft = Proposal.objects.filter(program__in=rows, status=Proposal.Status.DRAFT)
    groups = GroupProposal.objects.filter(program__in=rows, status=Proposal.Status.DRAFT)
    runs = MatchRun.objects.finished().filter(program__in=rows)
    never = Cast(Value(None), DateTimeField())
    counted = [each.order_by().values("program_id").annotate(n=Count("pk"), at=never) for each in (draft, groups)]
    counted.append(runs.order_by().values("program_id").annotate(n=Value(0), at=Max("started_at")))
    for each in counted[0].union(*counted[1:], all=True):
        rows[each["program_id"]].proposed += each["n"]
        rows[each["program_id"]].matched_at = each["at"] or rows[each["program_id"]].matched_at
    seats = GroupSeat.objects.filter(group__program__in=rows, group__status=Proposal.Status.DRAFT)
    unmatched = (
        seeking(rows)
        .exclude(pk__in=draft.values("mentee_id"))
        # Whoever is at the top of a cascade only mentors.
        .exclude(role=Role.PEER, pk__in=draft.values("mentor_id"))
        .exclude(pk__in=seats.values("enrolment_id"))
        .order_by()
        .values("program_id")
        .annotate(n=Count("pk"), joined_at=Max("joined_at"))
    )
    for each in unmatched:
        row = rows[each["program_id"]]
        row.unmatched, row.joined_at = each["n"], each["joined_at"]
