"""Published figures are made once for each month and choice, by a worker, and never again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member, Organisation
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress, Progress
from mentoring.jobs.services import cancel_job, start_job

from . import emails
from .carrying import carried_from
from .choices import Choice, months_to_choose, read_key
from .models import Download, ReportRecipient, ReportSettings, Snapshot
from .published import VERSION
from .retention import Fresh, work_out
from .retention_beside import Kept, put_beside, what_happened, who_left
from .retention_facts import last_import, read_facts

KIND = "reports.snapshot"
STEPS = 4
# Beside so many reports of the same choice a new one is laid, and of each other one.
MONTHS_BESIDE, OTHERS_BESIDE = 12, 3
# In so many ways participants may be counted.
MOST_WAYS = 8


def find_snapshot(choice: Choice) -> Snapshot | None:
    return Snapshot.objects.defer("known", "careers").filter(month=choice.month, key=choice.key).first()


def latest_snapshot() -> Snapshot | None:
    """The newest report on everybody, as it is shown where nothing was chosen."""
    return Snapshot.objects.defer("known", "careers").filter(key=Choice(date.min).key).first()


class NotYet(Exception):
    """The month isn't over, or the people data doesn't reach past its end: its figures would be frozen too early."""


def months_ready(organisation: Organisation) -> list[date]:
    """The months of which a report can be made, the latest first: over, and before the last import of people data.

    What an import brings later would be missing from the figures for ever. Where people are kept by hand, a month is
    ready when it is over.
    """
    today = timezone.now().astimezone(organisation.zone).date()
    imported_on = last_import(organisation)
    return months_to_choose(min(today, imported_on) if imported_on else today)


def subject_of(choice: Choice) -> str:
    return f"{choice.month:%Y-%m} {hashlib.sha256(choice.key.encode()).hexdigest()[:32]}"


def unfinished_job(choice: Choice) -> Job | None:
    return Job.objects.unfinished().filter(kind=KIND, subject=subject_of(choice)).first()


def last_failure(choice: Choice) -> Job | None:
    """The job of this choice that came to nothing, if it was the last."""
    last = Job.objects.filter(kind=KIND, subject=subject_of(choice)).order_by("-pk").first()
    return last if last and last.status in (Job.Status.FAILED, Job.Status.CANCELLED) else None


def start_snapshot(choice: Choice, *, by: Member | None) -> Job:
    """Ask a worker for the figures of a choice."""
    return start_job(
        KIND, subject=subject_of(choice), month=choice.month.isoformat(), key=choice.key, by_id=by.pk if by else None
    )


def stop_snapshot(job: Job) -> None:
    """Stop a report that is being worked out; nothing is kept of it."""
    cancel_job(job)


def make_snapshot(organisation: Organisation, choice: Choice, progress: Progress | NoProgress) -> Snapshot:
    """Work the figures of a choice out and keep them, unless that has been done already.

    Raises NotYet for a month that isn't ready.
    """

    def step(done: int, note: str) -> None:
        progress.step(done, STEPS, note)

    with transaction.atomic():
        found = find_snapshot(choice)
    if found is not None:
        with progress.writing():
            return found
    step(0, _("Reading who worked here, and who took part"))
    with transaction.atomic():
        if choice.month > months_ready(organisation)[0]:
            raise NotYet(f"{choice.month:%Y-%m}")
        facts = read_facts(organisation, choice)
    fresh = work_out(choice, facts, step=step)
    with progress.writing():
        snapshot, is_new = _keep(organisation, choice, fresh)
        # Of a month that is worked out later, nobody waits for news.
        if is_new and choice.is_default and choice.month == months_ready(organisation)[0]:
            emails.tell_recipients(snapshot)
    return snapshot


def _keep(organisation: Organisation, choice: Choice, fresh: Fresh) -> tuple[Snapshot, bool]:
    """Keep what may be told beside every earlier report, one report after the other; as it is, if another was faster."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if found := find_snapshot(choice):
        return found, False
    published = put_beside(fresh, choice, _earlier(choice))
    made = Snapshot(month=choice.month, key=choice.key, published=published, version=VERSION)
    made.known, made.careers = _packed(who_left(fresh)), _packed(what_happened(fresh))
    made.save()
    return made, True


def _earlier(choice: Choice) -> list[Kept]:
    """The reports that somebody may lay beside a new one: of every choice that was ever made, over any period.

    The newest of each choice, and of the same one also those from which figures are carried still.
    """
    found: dict[int, Snapshot] = {}
    for key in sorted({choice.key, *_keys()}):
        kept = Snapshot.objects.filter(key=key).order_by("-pk")
        newest = list(kept[: MONTHS_BESIDE if key == choice.key else OTHERS_BESIDE])
        found |= {each.pk: each for each in newest}
        if read_key(choice.month, key).counting == choice.counting:
            carried = {day for each in newest for day in carried_from(each.published)}
            found |= {each.pk: each for each in kept.filter(published__as_of__in=carried)}
    return [
        Kept(read_key(each.month, each.key), each.published, _unpacked(each.known), _unpacked(each.careers))
        for _pk, each in sorted(found.items())
    ]


def _keys() -> set[str]:
    """Every choice of which there is a report."""
    kept = Snapshot.objects.filter(key__startswith="period=").order_by()
    return set(kept.values_list("key", flat=True).distinct())


def _packed(pairs: np.ndarray) -> bytes:
    return zlib.compress(pairs.astype("<i8").tobytes())


def _unpacked(packed: bytes | memoryview | None) -> np.ndarray | None:
    """Pairs of numbers that were kept with a report; None for reports that didn't write them down."""
    if packed is None:
        return None
    return np.frombuffer(zlib.decompress(bytes(packed)), "<i8").reshape(-1, 2).astype(np.int64)


def is_one_too_many(choice: Choice) -> bool:
    """Whether so many ways to count participants have been reported on that another couldn't be laid beside them all."""
    ways = {read_key(choice.month, key).counting for key in _keys()} | {Choice(choice.month).counting}
    return choice.counting not in ways and len(ways) >= MOST_WAYS


def start_monthly(organisation: Organisation) -> Job | None:
    """Begin the report of the newest month that is ready, once."""
    choice = Choice(months_ready(organisation)[0])
    return None if find_snapshot(choice) else start_snapshot(choice, by=None)


@transaction.atomic
def log_download(snapshot: Snapshot, *, format: str, purpose: str, by: Member) -> Download:
    """Write down who takes which figures away, and what for."""
    return Download.objects.create(
        snapshot=snapshot, by=by, by_name=by.name[:210], format=format, purpose=purpose[:200]
    )  # fmt: skip


def downloads() -> Any:
    return Download.objects.select_related("snapshot", "by").defer("snapshot__published", "snapshot__known")


@transaction.atomic
def save_settings(settings: ReportSettings, *, recipients: Iterable[Member]) -> None:
    """Keep how an organisation wants its reports, and who is told of them each month."""
    settings.save()
    wanted = {member.pk for member in recipients}
    ReportRecipient.objects.exclude(member_id__in=wanted).delete()
    there = set(ReportRecipient.objects.values_list("member_id", flat=True))
    ReportRecipient.objects.bulk_create(ReportRecipient(member_id=pk) for pk in sorted(wanted - there))
