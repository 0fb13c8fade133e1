"""Works out what an import would do, and keeps it row by row for people to look at."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.jobs.progress import JobError, NoProgress, Progress

from ..erasing import all_marks, marks_of
from ..importing.changes import ChangePlan, plan_changes
from ..importing.existing import Existing, Spell
from ..importing.guessing import BadSettings, Settings
from ..importing.messages import Message
from ..importing.planning import Plan, PlannedRow, plan
from ..importing.reading import Row, Table, UnreadableFile, open_table
from ..models import ImportRow, Member, PeopleImport
from .snapshot import fingerprint, known_changes, snapshot

BATCH = 1000
# How often to say how far it is, in rows.
STRIDE = 500
# What a stored plan leaves out because it says nothing.
_NOTHING: dict[str, Any] = {
    "person": "", "member_id": None, "values": {}, "spell": None, "sets_manager": False, "manager": None, "changes": {},
    "job_change": "", "notes": [], "errors": [],
}  # fmt: skip


class Outdated(Exception):
    """What this was worked out from has changed meanwhile."""


def plan_import(people_import: PeopleImport, progress: Progress | NoProgress, *, replanned: bool = False) -> str:
    """Decide about every row of the file and keep the answers. Planning again replaces what was planned before."""
    while True:
        with transaction.atomic():
            fresh = PeopleImport.objects.select_related("organisation").get(pk=people_import.pk)
        if fresh.status not in PeopleImport.OPEN:
            raise JobError(_("This import is over; nothing was changed."))
        try:
            return _plan(fresh, progress, replanned=replanned)
        except (UnreadableFile, BadSettings) as error:
            raise JobError(str(error)) from error
        except Outdated:
            # Its columns were corrected while they were being read.
            continue


def _plan(people_import: PeopleImport, progress: Progress | NoProgress, *, replanned: bool) -> str:
    settings = Settings.from_dict(people_import.settings)
    table = open_table(
        zlib.decompress(people_import.content),
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        has_header=settings.has_header,
    )
    progress.step(0, people_import.row_count, _("Looking up the people who are known"))
    organisation = people_import.organisation
    with transaction.atomic():
        # Before the people are read: should somebody change them meanwhile, the difference shows when it counts.
        state = fingerprint()
        known = snapshot()
        owners = dict(Member.objects.owners().values_list("pk", "user__email"))
        logins = dict(Member.objects.with_login().values_list("pk", "user__email"))
        awaiting = set(Member.objects.filter(user__isnull=True).with_role().values_list("pk", flat=True))
        here = Member.objects.current().count()
        changes = known_changes() if settings.holds == "job_changes" else []
        erased = all_marks()
    watched = _Watched(table, progress, people_import.row_count, readings=1 if settings.holds == "job_changes" else 2)
    today = timezone.localdate(timezone=organisation.zone)
    planned: Plan | ChangePlan
    if settings.holds == "job_changes":
        planned = plan_changes(watched, settings, known, changes, today=today)
    else:
        planned = plan(watched, settings, known, today=today, zone=organisation.time_zone)
    watched.total = len(planned)
    with progress.writing():
        ImportRow.objects.filter(people_import=people_import).delete()
        tally: Counter[str] = Counter(planned.counts)
        employment = _Employment(known, owners)
        kept = _without_erased(planned, erased, tally) if erased else planned
        rows = _rows_to_keep(kept, people_import, logins, awaiting, employment, tally)
        while batch := list(islice(rows, BATCH)):
            ImportRow.objects.bulk_create(batch)
        locked = PeopleImport.objects.light().select_for_update(of=("self",)).get(pk=people_import.pk)
        if locked.settings != people_import.settings:
            raise Outdated
        if locked.status not in PeopleImport.OPEN:
            raise JobError(_("This import was cancelled meanwhile."))
        tally["here"] = here
        locked.row_count = len(planned)
        locked.headings = table.headings
        locked.holds = settings.holds
        locked.counts = dict(tally)
        locked.remarks = [message.as_dict() for message in _remarks(table, planned, known, employment, tally)]
        locked.fingerprint = state
        locked.planned_at = timezone.now()
        locked.is_replanned = replanned
        locked.status = PeopleImport.Status.PLANNED
        locked.save(
            update_fields=[
                "row_count", "headings", "holds", "counts", "remarks", "fingerprint", "planned_at", "is_replanned", "status",
            ]
        )  # fmt: skip
    return _("Every row has been read. Nothing is written yet.")


class _Watched:
    """Rows that tell how far they have been read. A plan of people reads them twice, so each reading is half the way."""

    def __init__(self, table: Table, progress: Progress | NoProgress, total: int, *, readings: int) -> None:
        self.table, self.progress, self.total, self.readings = table, progress, total, readings
        self._readings = 0

    def __iter__(self) -> Iterator[Row]:
        self._readings += 1
        again = self._readings > 1
        note = _("Preparing the preview") if again else _("Reading the rows")
        for count, row in enumerate(self.table):
            if count % STRIDE == 0:
                done = min(count, self.total) // self.readings + (self.total // 2 if again else 0)
                self.progress.step(done, self.total, note)
            yield row


class _Employment:
    """Follows the owners through a plan: somebody has to be left to look after the organisation."""

    def __init__(self, known: Existing, owners: Iterable[int]) -> None:
        self._spells = {pk: set(known.by_id[pk].spells) for pk in owners}

    def follow(self, row: PlannedRow) -> None:
        if row.member_id in self._spells and row.spell:
            spells = self._spells[row.member_id]
            if row.spell.was:
                spells.discard(row.spell.was)
            spells.add(row.spell.now)

    def leaves_no_owner(self) -> bool:
        return bool(self._spells) and all(self._ends(spells) for spells in self._spells.values())

    @staticmethod
    def _ends(spells: set[Spell]) -> bool:
        latest = max(spells, key=lambda spell: spell.started_on, default=None)
        return latest is not None and latest.ended_on is not None


def _without_erased(planned: Iterable[PlannedRow], marks: frozenset[str], tally: Counter[str]) -> Iterator[PlannedRow]:
    """Whoever was erased on request doesn't come back with a file. Nothing of such a row is kept but its number."""
    who = {
        row.person
        for row in planned
        if row.action == "create"
        and not marks.isdisjoint(marks_of(str(row.values.get(name) or "") for name in ("email", "employee_number")))
    }
    text = "This person was erased on request, so the row is left out. Whoever works here again can be added by hand."
    for row in planned:
        if row.person in who:
            tally[row.action] -= 1
            tally["refuse"] += 1
            yield PlannedRow(row.line, "refuse", "Erased on request", errors=(Message("erased", text),))
        elif row.manager in who:
            yield replace(row, sets_manager=row.action != "create" and row.sets_manager, manager=None)
        else:
            yield row


def _rows_to_keep(
    planned: Iterable[PlannedRow],
    people_import: PeopleImport,
    logins: dict[int, str],
    awaiting: set[int],
    employment: _Employment,
    tally: Counter[str],
) -> Iterator[ImportRow]:
    for row in planned:
        if row.member_id in awaiting and "email" in row.changes:
            tally[row.action] -= 1
            row = _with_old_email(row)
            tally[row.action] += 1
        employment.follow(row)
        notes = row.notes
        login = logins.get(row.member_id) if row.member_id else None
        if login and "email" in row.changes and row.values.get("email") != login:
            text = f"Signs in with {login}, and still will: only they can change that."
            notes = (*notes, Message("login_email", text, "email"))
        was, now = row.changes.get("left_on", (None, None))
        if now and not was and row.member_id:
            tally["leave"] += 1
        tally["notes"] += bool(notes)
        if row.job_change:
            tally[row.job_change] += 1
        yield ImportRow(
            people_import=people_import,
            line=row.line,
            action=row.action,
            label=row.label,
            has_notes=bool(notes),
            # What stays the same or is refused is never written, so nothing else about it is kept.
            cells=list(row.cells) if row.action == "refuse" else [],
            plan=_short(row, notes),
        )


def _with_old_email(row: PlannedRow) -> PlannedRow:
    """Without another address for somebody with a role and no login yet: whoever is invited there gets the role."""
    text = "Has a role and no login yet, so only an owner can change the e-mail address; it stays as it is."
    changes = {name: pair for name, pair in row.changes.items() if name != "email"}
    return replace(
        row,
        action="change" if changes else "same",
        values={name: value for name, value in row.values.items() if name != "email"},
        changes=changes,
        notes=(*row.notes, Message("role_email", text, "email")),
    )


def _short(row: PlannedRow, notes: Iterable[Message]) -> dict[str, Any]:
    whole = {**row.as_dict(), "notes": [note.as_dict() for note in notes]}
    kept = ("notes", "errors") if row.action in ("same", "refuse") else tuple(_NOTHING)
    return {name: whole[name] for name in kept if whole[name] != _NOTHING[name]}


def stored_row(*, line: int, action: Any, label: str, plan: dict[str, Any]) -> PlannedRow:
    """A row of a plan as it was kept."""
    return PlannedRow.from_dict({**_NOTHING, **plan}, line=line, action=action, label=label)


def _remarks(
    table: Table, planned: Plan | ChangePlan, known: Existing, employment: _Employment, tally: Counter[str]
) -> Iterator[Message]:
    """What concerns the file as a whole."""
    if employment.leaves_no_owner():
        yield Message(
            "last_owner",
            "This file says that every owner has left or is leaving. Make somebody else an owner first, "
            "then this import can go on.",
        )
    yield from table.warnings
    yield from planned.messages
    if isinstance(planned, ChangePlan):
        return
    if found := _found_in_words(tally):
        yield Message("found", f"{found} can be seen from this file, beside what is known. The reports count them.")
    if known.by_id:
        for code, one, several, names in (
            ("new_departments", "New department", "New departments", planned.new_departments),
            ("new_sites", "New site", "New sites", planned.new_sites),
        ):
            # Somebody who begins with an empty organisation expects all of them to be new.
            if names and (known.known_departments or known.known_sites):
                listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
                yield Message(code, f"{one if len(names) == 1 else several}: {listed}.")


def _found_in_words(tally: Counter[str]) -> str:
    parts = [
        one if tally[kind] == 1 else several % tally[kind]
        for kind, one, several in (
            ("promotion", "1 promotion", "%d promotions"),
            ("move", "1 move to another department", "%d moves to another department"),
            ("location", "1 change of site", "%d changes of site"),
        )
        if tally[kind]
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
