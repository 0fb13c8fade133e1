"""Sign-ups from a sheet that a form tool exported: read, shown, and then enrolled as if people had signed up here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.importing.cells import read_email
from accounts.importing.messages import Message
from accounts.importing.reading import Row, Table, UnreadableFile, open_table
from accounts.importing.signups import (
    Answers,
    KnownMember,
    PlannedSignUp,
    guess_role,
    guess_signup_columns,
    plan_signups,
)
from accounts.models import Member, Skill
from accounts.services import skills_named
from mentoring.tenancy.clock import today

from .. import emails
from ..models import Enrolment, EnrolmentSkill, Program, Role, SignUpSheet
from .enrolling import stays_open, takes_mentees
from .invitations import Watcher
from .places import TAKEN_UP, locked_program, places_free, require_running, why_not
from .problems import ProgramProblem

LARGEST = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_MENTEES = 20
# What was uploaded, and what was refused of it, is forgotten after so long.
KEPT_FOR = timedelta(days=30)


@dataclass
class SheetRow:
    """What becomes of one row: enrol, wait, change, same, skip (answered again later) or refuse."""

    line: int
    action: str
    name: str
    email: str
    member: Member | None = None
    enrolment: Enrolment | None = None
    answers: Answers = field(default_factory=Answers)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cells: tuple[str, ...] = ()


@dataclass
class SignUpReport:
    """What an import of sign-ups did, or would do."""

    rows: list[SheetRow]

    def __post_init__(self) -> None:
        self.counts = Counter(row.action for row in self.rows)

    @property
    def refused(self) -> list[SheetRow]:
        return [row for row in self.rows if row.action == "refuse"]

    @property
    def changes(self) -> int:
        return self.counts["enrol"] + self.counts["wait"] + self.counts["change"]


@transaction.atomic
def upload_sheet(program: Program, *, name: str, content: bytes, by: Member) -> SignUpSheet:
    """Keep an uploaded sheet with a guess at its columns. Raises ProgramProblem for what is no sheet."""
    require_running(program)
    table = _open(content)
    _require_readable(table)
    columns = [guess.field for guess in guess_signup_columns(table)]
    if "email" not in columns:
        raise ProgramProblem(_("There is no column with e-mail addresses, so we can’t tell whose answers these are."))
    return SignUpSheet.objects.create(
        program=program,
        file_name=name[:200],
        content=content,
        role=_guess_role(program, columns),
        columns=columns,
        uploaded_by=by,
    )


def forget_sheets() -> int:
    """Forget sheets that nobody imported, and the refused rows of the others, after a month. Returns how many."""
    old = SignUpSheet.objects.filter(uploaded_at__lt=timezone.now() - KEPT_FOR)
    _all, deleted = old.filter(imported_at__isnull=True).delete()
    imported = list(old.filter(imported_at__isnull=False).exclude(report__refused=[]))
    for sheet in imported:
        sheet.report["refused"] = []
    SignUpSheet.objects.bulk_update(imported, ["report"])
    return deleted.get(SignUpSheet._meta.label, 0) + len(imported)


def correct_sheet(sheet: SignUpSheet, *, role: str, columns: list[str | None], by: Member) -> None:
    """Take an admin's word for who answered and what the columns hold."""
    named = [column for column in columns if column]
    if "email" not in named:
        raise ProgramProblem(_("One column must hold the e-mail addresses."))
    if len(named) != len(set(named)):
        raise ProgramProblem(_("Two columns can’t hold the same."))
    sheet.role, sheet.columns = role, columns
    sheet.save(update_fields=["role", "columns"])


def headings_of(sheet: SignUpSheet) -> list[tuple[str, list[str]]]:
    """Each column's heading with a few of its cells."""
    table = _open(bytes(sheet.content))
    guesses = guess_signup_columns(table)
    return [(guess.heading, list(guess.samples)) for guess in guesses]


def plan_sheet(sheet: SignUpSheet) -> SignUpReport:
    """What importing this sheet would do now, row by row. Writes nothing."""
    table = _open(bytes(sheet.content))
    return _plan(sheet.program, list(table), columns=sheet.columns, role=sheet.role)


def apply_sheet(sheet: SignUpSheet, *, by: Member, progress: Watcher | None = None) -> SignUpReport:
    """Enrol whom the sheet names. Doing it again changes nothing. Belongs inside a transaction."""
    sheet = SignUpSheet.objects.select_for_update(of=("self",)).select_related("program").get(pk=sheet.pk)
    if sheet.imported_at is not None:
        return SignUpReport([])
    table = _open(bytes(sheet.content))
    report = _import(sheet.program, table, columns=sheet.columns, role=sheet.role, by=by, progress=progress)
    sheet.imported_at, sheet.content = timezone.now(), b""
    sheet.report = {
        "counts": dict(report.counts),
        "headings": table.headings,
        "refused": [[row.line, list(row.cells), row.errors] for row in report.refused],
    }
    sheet.save(update_fields=["imported_at", "content", "report"])
    return report


@transaction.atomic
def import_sign_ups(
    program: Program, *, content: bytes, role: str, by: Member, progress: Watcher | None = None
) -> SignUpReport:
    """Enrol whom a sheet names, with its columns as guessed. Doing it again changes nothing."""
    table = _open(content)
    columns = [guess.field for guess in guess_signup_columns(table)]
    return _import(program, table, columns=columns, role=role, by=by, progress=progress)


def _guess_role(program: Program, columns: list[str | None]) -> str:
    others = next(role for role in program.parts if role != Role.MENTOR)
    guessed = guess_role(columns)
    return guessed if guessed in program.parts and guessed is not None else others


def _open(content: bytes) -> Table:
    if len(content) > LARGEST:
        raise ProgramProblem(_("The file is larger than 5 MB. Split it into several."))
    try:
        return open_table(content)
    except UnreadableFile as problem:
        raise ProgramProblem(str(problem)) from problem


def _require_readable(table: Table) -> None:
    """Raises ProgramProblem for what would only come to light in the middle of the rows."""
    try:
        count = sum(1 for _row in table)
    except UnreadableFile as problem:
        raise ProgramProblem(str(problem)) from problem
    if count > MOST_ROWS:
        raise ProgramProblem(_("The sheet has more than 20,000 rows. Split it into several."))


def _import(
    program: Program, table: Table, *, columns: list[str | None], role: str, by: Member, progress: Watcher | None
) -> SignUpReport:
    program = locked_program(program)
    require_running(program)
    report = _plan(program, list(table), columns=columns, role=role)
    work = [row for row in report.rows if row.action in ("enrol", "wait", "change")]
    now = timezone.now()
    enrolments = [_fill(row, program, role=role, by=by, now=now) for row in work]
    new = [enrolment for enrolment, row in zip(enrolments, work, strict=True) if row.action != "change"]
    changed = [enrolment for enrolment, row in zip(enrolments, work, strict=True) if row.action == "change"]
    Enrolment.objects.bulk_create(new, batch_size=500)
    fields = ["capacity", "languages", "free_hours", "goal", "preference", "note"]
    Enrolment.objects.bulk_update(changed, fields, batch_size=500)
    EnrolmentSkill.objects.filter(enrolment__in=changed).delete()
    _write_skills(zip(enrolments, work, strict=True))
    for number, enrolment in enumerate(new):
        if progress is not None and number % 20 == 0:
            progress.step(number, len(new))
        emails.signed_up(enrolment, by=by)
    if progress is not None:
        progress.step(len(new), len(new))
    return report


def _fill(row: SheetRow, program: Program, *, role: str, by: Member, now: datetime) -> Enrolment:
    answers = row.answers
    enrolment = row.enrolment or Enrolment(program=program, member=row.member, role=role, decided_by=by)
    enrolment.program, enrolment.member = program, row.member  # type: ignore[assignment]  # an accepted row has one
    if row.enrolment is None:
        enrolment.applied_at = min(answers.answered_at or now, now)
        enrolment.status = Enrolment.Status.WAITING if row.action == "wait" else Enrolment.Status.ACTIVE
        enrolment.joined_at = now if enrolment.status == Enrolment.Status.ACTIVE else None
    for name, value in _values(answers, program, role).items():
        setattr(enrolment, name, value)
    return enrolment


def _values(answers: Answers, program: Program, role: str) -> dict[str, Any]:
    capacity = 0
    part = program.parts.get(role)
    if role == Role.MENTOR or (part is not None and part.capacity is not None):
        capacity = min(answers.capacity or program.default_capacity, MOST_MENTEES)
    return {
        "capacity": capacity,
        "languages": list(answers.languages),
        "free_hours": [list(window) for window in answers.hours],
        "goal": answers.goal,
        "preference": answers.preference,
        "note": answers.note,
    }


def _write_skills(pairs: Iterable[tuple[Enrolment, SheetRow]]) -> None:
    wanted = [(enrolment, row.answers.skills) for enrolment, row in pairs]
    names = {name: None for _enrolment, skills in wanted for name in skills}
    by_key = {skill.key: skill for skill in skills_named(names)}
    rows = []
    for enrolment, skills in wanted:
        found = {by_key[key].pk: by_key[key] for name in skills if (key := " ".join(name.split()).casefold()[:80])}
        rows += [EnrolmentSkill(enrolment=enrolment, skill=each, rank=rank) for rank, each in enumerate(found.values())]
    EnrolmentSkill.objects.bulk_create(rows, batch_size=1000)


def _plan(program: Program, rows: list[Row], *, columns: list[str | None], role: str) -> SignUpReport:
    if len(rows) > MOST_ROWS:
        raise ProgramProblem(_("The sheet has more than 20,000 rows. Split it into several."))
    members = _members(rows, columns)
    planned = plan_signups(
        rows,
        columns,
        {email: KnownMember(member.pk, member.name, member.left_on) for email, member in members.items()},
        role=role,  # type: ignore[arg-type]  # the values of Role
        today=today(),
        skills=Skill.objects.values_list("name", flat=True),
    )
    people = {member.pk: member for member in members.values()}
    existing = {
        each.member_id: each
        for each in Enrolment.objects.filter(program=program, member_id__in=list(people))
        .prefetch_related("skills__skill")
        .annotate(
            mentors=Count("participations", filter=Q(participations__mentorship__status__in=["offered", "active"]))
        )
    }
    decided = [_decide(row, program, people, existing, role=role) for row in planned]
    _give_places(decided, program, role=role)
    return SignUpReport(decided)


def _members(rows: list[Row], columns: list[str | None]) -> dict[str, Member]:
    at = columns.index("email") if "email" in columns else None
    addresses = {read_email(row.cells[at]).address for row in rows if at is not None and at < len(row.cells)}
    return {member.email: member for member in Member.objects.filter(email__in=addresses - {""})}


def _decide(
    row: PlannedSignUp, program: Program, people: dict[int, Member], existing: dict[int, Any], *, role: str
) -> SheetRow:
    member = people.get(row.member_id) if row.member_id else None
    decided = SheetRow(
        line=row.line,
        action={"accept": "enrol"}.get(row.action, row.action),
        name=member.name if member else row.email or _("Row %(line)d") % {"line": row.line},
        email=row.email,
        member=member,
        answers=row.answers,
        notes=[_text(note) for note in row.notes],
        errors=[_text(error) for error in row.errors],
        cells=row.cells,
    )
    if row.action != "accept" or member is None:
        return decided
    enrolment = existing.get(member.pk)
    if refusal := why_not(program, member, role=role):
        return _refused(decided, refusal)
    if enrolment is None:
        return decided
    if enrolment.status == Enrolment.Status.WITHDRAWN:
        return _refused(decided, _("Withdrew from this programme; they can sign up again themselves."))
    if enrolment.status not in TAKEN_UP:
        return _refused(decided, _("Was not accepted for this programme; approve the sign-up there."))
    if enrolment.role != role:
        taken = program.kind.role_names.get(enrolment.role, enrolment.get_role_display())
        return _refused(decided, _("Takes part as a %(role)s already.") % {"role": taken})
    decided.enrolment = enrolment
    enrolment.program = program
    if enrolment.mentors and not stays_open(enrolment):
        decided.action = "same"
        decided.notes.append(_("Has a mentor or an offer already, so the answers stay as they are."))
        return decided
    values = _values(row.answers, program, role)
    if takes_mentees(enrolment) and values["capacity"] < enrolment.mentors:
        values["capacity"] = enrolment.mentors
    before = [each.skill.key for each in enrolment.skills.all()]
    after = list(dict.fromkeys(name.casefold() for name in row.answers.skills))
    same = before == after and all(getattr(enrolment, name) == value for name, value in values.items())
    decided.action = "same" if same else "change"
    return decided


def _give_places(rows: list[SheetRow], program: Program, *, role: str) -> None:
    """Those who answered first get the places that are left."""
    free = places_free(program) if role != Role.MENTOR else None
    if free is None:
        return
    new = [row for row in rows if row.action == "enrol"]
    latest = timezone.now()
    new.sort(key=lambda row: (row.answers.answered_at or latest, row.line))
    for row in new[free:]:
        row.action = "wait"
        row.notes.append(_("All places are taken: goes on the waiting list."))


def _refused(row: SheetRow, why: str) -> SheetRow:
    row.action = "refuse"
    row.errors.append(why)
    return row


def _text(message: Message) -> str:
    return message.text
