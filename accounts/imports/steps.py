"""The steps of an import that a person takes: upload, correct, confirm, discard."""

from __future__ import annotations

import zlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.jobs.services import cancel_job, start_job
from mentoring.tenancy.clock import today

from ..importing.guessing import BadSettings, Guess, Settings, guess
from ..importing.headings import Holds
from ..importing.reading import Table, UnreadableFile, open_table
from ..models import ImportRow, Member, PeopleImport
from ..rules import require
from .applying import apply_import
from .planning import plan_import

MAX_BYTES = 30 * 1024 * 1024
# What was uploaded, and what was refused of it, is forgotten after so long.
KEPT_FOR = timedelta(days=30)


class ImportRefused(Exception):
    """This can't be done with an import as it stands; the text is a sentence for whoever tried."""


@transaction.atomic
def upload(*, name: str, content: bytes, by: Member) -> PeopleImport:
    """Take in an HR export and guess how it is to be read. Raises UnreadableFile, with a sentence, for what is no table."""
    require(by, "people.manage")
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("This file is larger than 30 MB. Split it, and upload the parts one after the other."))
    table = open_table(content)
    guessed = guess(table, today=today())
    return PeopleImport.objects.create(
        file_name="".join(c for c in name if c.isprintable())[-200:],
        content=zlib.compress(content, level=1),
        # An estimate, for the progress bar, until the rows have been read.
        row_count=content.count(b"\n"),
        settings=guessed.settings().as_dict(),
        headings=table.headings,
        holds=guessed.holds,
        uploaded_by=by,
    )


def open_file(people_import: PeopleImport, settings: Settings | None = None) -> tuple[Table, Guess]:
    """The file read as its settings say, or as others do, and what the columns look like then.

    Raises UnreadableFile.
    """
    settings = settings or Settings.from_dict(people_import.settings)
    table = open_table(
        zlib.decompress(people_import.content),
        encoding=settings.encoding,
        delimiter=settings.delimiter,
        has_header=settings.has_header,
    )
    return table, guess(table, today=today(), holds=settings.holds)


@transaction.atomic
def read_again(
    people_import: PeopleImport, *, encoding: str, delimiter: str, has_header: bool, holds: Holds, by: Member
) -> None:
    """Read the file in another way and guess its columns anew. Raises UnreadableFile when it can't be read so."""
    require(by, "people.manage")
    locked = _locked(people_import)
    table = open_table(zlib.decompress(locked.content), encoding=encoding, delimiter=delimiter, has_header=has_header)
    guessed = guess(table, today=today(), holds=holds).settings().as_dict()
    if table.headings == locked.headings and holds == locked.holds:
        # Nothing about the columns has changed, so neither does what somebody said of them.
        guessed["columns"] = locked.settings["columns"]
    locked.settings, locked.headings, locked.status = guessed, table.headings, PeopleImport.Status.UPLOADED
    locked.holds = holds
    locked.save(update_fields=["settings", "headings", "holds", "status"])


@transaction.atomic
def correct_columns(people_import: PeopleImport, settings: Settings, *, by: Member) -> None:
    """Keep what each column holds. What was planned before is void. Raises BadSettings, with a sentence."""
    require(by, "people.manage")
    locked = _locked(people_import)
    if problems := settings.problems():
        raise BadSettings(problems[0].text)
    if len(settings.columns) != len(locked.headings):
        raise BadSettings(_("The file was read in another way meanwhile. Check the columns again."))
    locked.settings, locked.status = settings.as_dict(), PeopleImport.Status.UPLOADED
    locked.save(update_fields=["settings", "status"])


@transaction.atomic
def start_plan(people_import: PeopleImport, *, by: Member) -> Job:
    """Have the rows read and a preview made."""
    require(by, "people.manage")
    return _start(_locked(people_import), "accounts.plan_import")


@transaction.atomic
def confirm_import(people_import: PeopleImport, *, planned_at: str, by: Member) -> Job | None:
    """Have the preview that was made at `planned_at` written. Confirming again does nothing more."""
    require(by, "people.manage")
    job = job_of(people_import)
    if job and job.kind == "accounts.apply_import" and not job.is_finished:
        return job
    locked = PeopleImport.objects.light().select_for_update(of=("self",)).get(pk=people_import.pk)
    if locked.status == PeopleImport.Status.DONE:
        return None
    if locked.status != PeopleImport.Status.PLANNED or not locked.planned_at:
        raise ImportRefused(_("There is no preview to confirm. Nothing was written."))
    if locked.planned_at.isoformat() != planned_at:
        raise ImportRefused(_("The preview was made anew meanwhile. Look at it before you confirm."))
    if blocks(locked):
        raise ImportRefused(_("This import would leave nobody to look after the organisation. Nothing was written."))
    return _start(locked, "accounts.apply_import")


def blocks(people_import: PeopleImport) -> bool:
    """Whether what was remarked on a plan forbids it."""
    return any(remark["code"] == "last_owner" for remark in people_import.remarks)


@transaction.atomic
def cancel_import(people_import: PeopleImport, *, by: Member) -> None:
    """Throw an import away, with the file and its rows. Nobody changes."""
    require(by, "people.manage")
    job = job_of(people_import)
    if job and not job.is_finished:
        if job.kind == "accounts.apply_import":
            raise ImportRefused(_("This import is being written. Stop that first."))
        cancel_job(job)
    locked = PeopleImport.objects.light().select_for_update(of=("self",)).get(pk=people_import.pk)
    if locked.status == PeopleImport.Status.DONE:
        raise ImportRefused(_("This import is done; it can’t be thrown away any more."))
    _forget(locked)


def job_of(people_import: PeopleImport) -> Job | None:
    """The job that reads or writes it, or did so last."""
    return Job.objects.filter(pk=people_import.job_id).first() if people_import.job_id else None


@transaction.atomic
def forget_imports() -> int:
    """Forget the files, and the rows, of imports that are over a month old. Returns how many."""
    old = PeopleImport.objects.light().filter(uploaded_at__lt=timezone.now() - KEPT_FOR)
    rows = ImportRow.objects.filter(people_import=OuterRef("pk"))
    found = list(old.filter(Exists(rows) | Q(status__in=PeopleImport.OPEN)))
    for people_import in found:
        _forget(people_import)
    return len(found)


def import_now(content: bytes, *, name: str, by: Member) -> PeopleImport:
    """Upload, plan and write an export without anybody looking, as its guessed settings say.

    Raises UnreadableFile or BadSettings when a person would have had to help.
    """
    people_import = upload(name=name, content=content, by=by)
    if problems := Settings.from_dict(people_import.settings).problems():
        raise BadSettings(problems[0].text)
    plan_import(people_import, NoProgress())
    apply_import(people_import, NoProgress())
    people_import.refresh_from_db()
    return people_import


def _locked(people_import: PeopleImport) -> PeopleImport:
    """The import with the lock on it. Raises ImportRefused when it is over or being written."""
    job = job_of(people_import)
    if job and not job.is_finished and job.kind == "accounts.apply_import":
        raise ImportRefused(_("This import is being written. Stop that first."))
    locked = PeopleImport.objects.light().select_for_update(of=("self",)).get(pk=people_import.pk)
    if locked.status == PeopleImport.Status.DONE:
        raise ImportRefused(_("This import is done. Upload the file again to change more."))
    if locked.status == PeopleImport.Status.CANCELLED:
        raise ImportRefused(_("This import was thrown away. Upload the file again."))
    return locked


def _start(locked: PeopleImport, kind: str) -> Job:
    job = start_job(kind, subject=f"people_import:{locked.pk}", people_import_id=locked.pk)
    locked.job_id = job.pk
    locked.save(update_fields=["job_id"])
    return job


def _forget(people_import: PeopleImport) -> None:
    people_import.rows.all().delete()
    people_import.content = b""
    if people_import.status != PeopleImport.Status.DONE:
        people_import.status = PeopleImport.Status.CANCELLED
    people_import.save(update_fields=["content", "status"])
