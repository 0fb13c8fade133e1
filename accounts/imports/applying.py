"""Writes a confirmed import: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError, NoProgress, Progress
from mentoring.outbox.services import readdress
from mentoring.tenancy.scope import current_organisation_id

from ..importing.changes import ABOUT
from ..importing.planning import PlannedRow
from ..models import Access, ImportRow, JobChange, Member, Organisation, PeopleImport, Spell
from ..services import close_accesses
from ..signals import member_left, members_changed
from .planning import BATCH, Outdated, plan_import, stored_row
from .snapshot import fingerprint


def apply_import(people_import: PeopleImport, progress: Progress | NoProgress) -> str:
    """Write what was planned, exactly. Applying again changes nothing.

    Should the people have changed since, nothing is written: the import is planned anew, for somebody to look at.
    """
    try:
        with progress.writing():
            # One import of an organisation at a time; managers and owners are changed under the same lock.
            organisation = Organisation.objects.select_for_update(no_key=True).get(pk=current_organisation_id())
            locked = PeopleImport.objects.light().select_for_update(of=("self",)).get(pk=people_import.pk)
            if locked.status == PeopleImport.Status.DONE:
                return in_words(locked)
            if locked.status != PeopleImport.Status.PLANNED:
                raise JobError(_("This import was cancelled or changed meanwhile; nothing was written."))
            if locked.fingerprint != fingerprint():
                raise Outdated
            writer = _ChangeWriter if locked.holds == PeopleImport.Holds.JOB_CHANGES else _Writer
            writer(locked, organisation, progress).write()
            locked.content = b""
            locked.status, locked.applied_at = PeopleImport.Status.DONE, timezone.now()
            locked.save(update_fields=["content", "status", "applied_at"])
            # What was refused or remarked on is still to be worked through; the rest stands on the people's own pages.
            locked.rows.filter(has_notes=False).exclude(action=ImportRow.Action.REFUSE).delete()
    except (Outdated, IntegrityError):
        # The second: somebody added one of these people by hand while they were being written.
        plan_import(people_import, progress, replanned=True)
        return _("The people changed after the preview was made, so nothing was written. Look at the new preview.")
    return in_words(locked)


def in_words(people_import: PeopleImport) -> str:
    """What an import did."""
    counts = people_import.counts
    created, changed = counts.get("create", 0), counts.get("change", 0)
    parts = []
    if created and people_import.holds == PeopleImport.Holds.JOB_CHANGES:
        parts.append(
            ngettext("%(n)s promotion or move added", "%(n)s promotions and moves added", created)
            % {"n": f"{created:,}"}
        )
    elif created:
        parts.append(ngettext("%(n)s person created", "%(n)s people created", created) % {"n": f"{created:,}"})
    if changed:
        parts.append(_("%(n)s changed") % {"n": f"{changed:,}"})
    return ", ".join(parts) + "." if parts else _("Nothing needed to change.")


class _Writer:
    """Carries out the stored rows of one plan inside the caller's transaction."""

    def __init__(
        self, people_import: PeopleImport, organisation: Organisation, progress: Progress | NoProgress
    ) -> None:
        self.people_import, self.organisation, self.progress = people_import, organisation, progress
        self.today = timezone.localdate(timezone=organisation.zone)
        counts = people_import.counts
        self.done, self.total = 0, counts.get("create", 0) + counts.get("change", 0)
        self.created: dict[int, int] = {}
        self.spells_to_replace: list[tuple[int, Any]] = []
        self.spells_to_add: list[Spell] = []
        last = PeopleImport.objects.done().of_people().aggregate(at=Max("applied_at"))["at"]
        self.last_import = last and timezone.localtime(last, organisation.zone).date()
        self.found: list[JobChange] = []

    def write(self) -> None:
        # Ids come first, so that people can be led by somebody who stands further down in the file.
        lines = list(self._rows(ImportRow.Action.CREATE).values_list("line", flat=True))
        self.created = dict(zip(lines, _new_ids(len(lines)), strict=True))
        for batch in self._batches(ImportRow.Action.CREATE):
            self._create(batch)
        for batch in self._batches(ImportRow.Action.CHANGE):
            self._change(batch)
        self._write_spells()
        self._keep_found()

    def _rows(self, action: str) -> Any:
        return self.people_import.rows.filter(action=action).order_by("line")

    def _batches(self, action: str) -> Iterator[list[PlannedRow]]:
        last = 0
        while found := list(self._rows(action).filter(line__gt=last).values_list("line", "label", "plan")[:BATCH]):
            yield [stored_row(line=line, action=action, label=label, plan=plan) for line, label, plan in found]
            last = found[-1][0]
            self.done += len(found)
            self.progress.step(self.done, self.total, _("Writing the rows"))

    def _id(self, key: str) -> int:
        """The member whom a plan calls id:17, or whom its row:5 creates."""
        kind, _colon, number = key.partition(":")
        return int(number) if kind == "id" else self.created[int(number)]

    def _manager_id(self, row: PlannedRow) -> int | None:
        return self._id(row.manager) if row.manager else None

    def _create(self, rows: list[PlannedRow]) -> None:
        members, spells = [], []
        for row in rows:
            member = Member(
                pk=self._id(row.person), manager_id=self._manager_id(row) if row.sets_manager else None, **row.values
            )
            if row.spell:
                now = row.spell.now
                member.hired_on, member.left_on = now.started_on, now.ended_on
                spells.append(Spell(member_id=member.pk, **_employment(row)))
            members.append(member)
        Member.objects.bulk_create(members)
        Spell.objects.bulk_create(spells)

    def _change(self, rows: list[PlannedRow]) -> None:
        ids = {self._id(row.person) for row in rows}
        members = {m.pk: m for m in Member.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
        fields: set[str] = set()
        moved: dict[str, str] = {}
        for row in rows:
            member = members[self._id(row.person)]
            if "email" in row.values:
                moved[member.email] = str(row.values["email"])
            for name, value in row.values.items():
                setattr(member, name, value)
            fields.update(row.values)
            if row.sets_manager:
                member.manager_id = self._manager_id(row)
                fields.add("manager")
            if row.job_change:
                self.found.append(self._found(row, member))
            if row.spell:
                if row.spell.was:
                    self.spells_to_replace.append((member.pk, row.spell.was.started_on))
                self.spells_to_add.append(Spell(member_id=member.pk, **_employment(row)))
        if fields:
            Member.objects.bulk_update(members.values(), sorted(fields), batch_size=500)
        readdress(moved)
        if fields:
            # After their letters have followed them.
            members_changed.send(sender=Member, members=list(members))

    def _found(self, row: PlannedRow, member: Member) -> JobChange:
        """A change that this export shows, and the one before did not: of today, or of the last day of work."""
        known_on = timezone.localtime(member.created_at, self.organisation.zone).date()
        since = max(known_on, self.last_import) if self.last_import else known_on
        last_day = row.spell.now.ended_on if row.spell else member.left_on
        on = min(self.today, last_day or self.today)
        return JobChange(
            member=member, kind=row.job_change, effective_on=on, department_after=member.department,
            found_since=min(since, on),
        )  # fmt: skip

    def _keep_found(self) -> None:
        """Add the changes that were seen, save those that are known: of the same kind, from about the same time."""
        for part in _parts(self.found):
            known: dict[tuple[int, str], list[date]] = {}
            members = {change.member_id for change in part}
            for member_id, kind, on in JobChange.objects.filter(member__in=members).values_list(
                "member", "kind", "effective_on"
            ):
                known.setdefault((member_id, kind), []).append(on)
            JobChange.objects.bulk_create(
                change
                for change in part
                if not any(
                    change.found_since - ABOUT <= on <= change.effective_on + ABOUT
                    for on in known.get((change.member_id, change.kind), [])
                )
            )

    def _write_spells(self) -> None:
        """Take every outdated spell away before the new ones come: in between they might overlap."""
        for part in _parts(self.spells_to_replace):
            wanted = set(part)
            found = Spell.objects.filter(member__in={pk for pk, _start in part}).values_list(
                "pk", "member", "started_on"
            )
            Spell.objects.filter(pk__in=[pk for pk, *key in found if tuple(key) in wanted]).delete()
        for part in _parts(self.spells_to_add):
            Spell.objects.bulk_create(part)
        affected = sorted({spell.member_id for spell in self.spells_to_add})
        new = set(self.created.values())
        for part in _parts(affected):
            self._copy_employment(part, new)
            self.progress.step(self.done, self.total, _("Bringing employments in line"))
        if affected:
            close_accesses()

    def _copy_employment(self, ids: Sequence[int], new: set[int]) -> None:
        """Bring first and last days in line with the spells; tell of those who leave, let in those who come back."""
        spells: dict[int, list[Any]] = {}
        for member_id, started_on, ended_on in (
            Spell.objects.filter(member__in=ids).order_by("started_on").values_list("member", "started_on", "ended_on")
        ):
            spells.setdefault(member_id, []).append((started_on, ended_on))
        members = list(Member.objects.filter(pk__in=ids))
        leaving, staying = [], []  # members who leave; logins of those who are here
        for member in members:
            before = member.left_on
            member.hired_on, member.left_on = spells[member.pk][0][0], spells[member.pk][-1][1]
            if member.left_on is not None and member.left_on != before:
                leaving.append(member)
            elif member.user_id and (member.left_on is None or member.left_on >= self.today):
                staying.append(member.user_id)
        Member.objects.bulk_update(members, ["hired_on", "left_on"], batch_size=500)
        Access.objects.bulk_create(
            [Access(user_id=user_id, organisation=self.organisation) for user_id in staying],
            ignore_conflicts=True,
        )
        for member in leaving:
            # Whom this import has only just created takes part in nothing yet.
            if member.pk not in new:
                member_left.send(sender=Member, member=member, last_day=member.left_on)


class _ChangeWriter(_Writer):
    """Carries out the rows of a plan of job changes."""

    def write(self) -> None:
        # First what gets another day, since a new change may fall on the day that it had.
        for batch in self._batches(ImportRow.Action.CHANGE):
            self._change(batch)
        for batch in self._batches(ImportRow.Action.CREATE):
            JobChange.objects.bulk_create(JobChange(member_id=self._id(row.person), **row.values) for row in batch)

    def _change(self, rows: list[PlannedRow]) -> None:
        """Give changes the day or the department that the file names; from now on they are known, not only seen."""
        values = {int(row.values["change_id"] or 0): row.values for row in rows}
        changes = JobChange.objects.select_for_update(no_key=True).filter(pk__in=values).order_by("pk")
        for change in changes:
            said = values[change.pk]
            change.effective_on = date.fromisoformat(str(said["effective_on"]))
            change.department_after, change.found_since = str(said["department_after"]), None
        JobChange.objects.bulk_update(changes, ["effective_on", "department_after", "found_since"], batch_size=500)


def _employment(row: PlannedRow) -> dict[str, Any]:
    assert row.spell
    now = row.spell.now
    return {"started_on": now.started_on, "ended_on": now.ended_on, "end_reason": now.end_reason}


def _new_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Member._meta.db_table, count],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
