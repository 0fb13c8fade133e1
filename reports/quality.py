"""What the people data lacks, counted, and what each gap does to the report on who stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import JobChange, Member, Organisation, PeopleImport, Spell
from programs.models import Enrolment

from .careers import known_changes
from .published import count
from .reasons import kind_of, read_kind
from .retention_facts import settings_of
from .retention_words import KINDS as KINDS_IN_WORDS
from .suppression import FLOOR
from .survival import KINDS

# An older import is worth a word.
FRESH = timedelta(days=45)
# Leavers that begin so long after the first hire were probably not kept before.
LATE_LEAVERS = timedelta(days=365)
# So many reasons are listed at most, those that most leavers share.
REASONS_LISTED = 100


@dataclass(frozen=True)
class Finding:
    """One thing to look at: how many it concerns, of how many, and what it does to the report.

    With a `floor`, how many is told to the nearest five only, and hidden below it.
    """

    name: str
    count: int
    of: int | None
    effect: str
    remedy: str = ""
    floor: int = 0

    @property
    def is_fine(self) -> bool:
        return self.count == 0

    @property
    def is_hidden(self) -> bool:
        return 0 < self.count < self.floor

    @property
    def told(self) -> int | None:
        return count(self.count, self.floor) if self.floor else self.count


@dataclass(frozen=True)
class Reading:
    """A reason for leaving that many leavers share, and what it counts as."""

    reason: str
    kind: str
    is_understood: bool


@dataclass(frozen=True)
class Quality:
    """The state of the people data on one day."""

    as_of: date
    imported_on: date | None
    first_hire: date | None
    first_leaver: date | None
    last_leaver: date | None
    covered_from: date | None
    people: int
    employments: int
    findings: list[Finding]
    readings: list[Reading]
    # How many leavers must share a reason for it to be listed.
    floor: int
    warning: str


def quality_of(organisation: Organisation) -> Quality:
    """Count what is missing or can't be. Organisation-wide numbers of records, never of a group or a person."""
    today = timezone.now().astimezone(organisation.zone).date()
    ended = Q(ended_on__isnull=False)
    told = Spell.objects.aggregate(
        employments=Count("pk"),
        first_hire=Min("started_on"),
        first_leaver=Min("ended_on"),
        last_leaver=Max("ended_on", filter=Q(ended_on__lte=today)),
        leavers=Count("pk", filter=ended),
        future=Count("pk", filter=Q(started_on__gt=today) | Q(ended_on__gt=today)),
    )
    reasons = list(Spell.objects.filter(ended).order_by().values_list("end_reason").annotate(Count("pk")))
    without_reason = sum(number for reason, number in reasons if kind_of(reason) == 0)
    not_understood = sum(number for reason, number in reasons if kind_of(reason) and read_kind(reason) is None)
    spells = Spell.objects.filter(member=OuterRef("pk"))
    people = Member.objects.count()
    unhired = Member.objects.filter(~Exists(spells)).count()
    other = Spell.objects.filter(member=OuterRef("member"), started_on__lt=OuterRef("started_on"))
    overlaps = Spell.objects.filter(
        Exists(other.filter(Q(ended_on__isnull=True) | Q(ended_on__gte=OuterRef("started_on"))))
    ).count()
    outside = (
        Enrolment.objects.filter(joined_at__isnull=False)
        .filter(~Exists(Spell.objects.filter(
            Q(ended_on__isnull=True) | Q(ended_on__gte=OuterRef("joined_at__date")),
            member=OuterRef("member"), started_on__lte=OuterRef("joined_at__date"),
        )))
        .count()
    )  # fmt: skip
    ungrouped = Member.objects.filter(Q(department="") | Q(level__isnull=True)).count()
    imported_at = PeopleImport.objects.done().of_people().aggregate(at=Max("applied_at"))["at"]
    imported_on = imported_at.astimezone(organisation.zone).date() if imported_at else None
    chosen = settings_of()
    covered, floor = chosen.covered_from, max(chosen.smallest_group, FLOOR)
    findings = [
        Finding(
            _("People without a first day"), unhired, people,
            _("They are left out altogether, as participants and as colleagues."),
            _("Add the first day to the next export."),
        ),
        Finding(
            _("Leavers without a reason"), without_reason, told["leavers"],
            _("They count as leavers in every figure, but among “other” in the kinds of leaving, and not in voluntary turnover."),
            _("Add the column with the reason to the next export."),
        ),
        Finding(
            _("Leavers whose reason is not understood"), not_understood, told["leavers"],
            _("They count as leavers in every figure, but among “other” in the kinds of leaving, and not in voluntary turnover."),
            _("Put “voluntary” or “involuntary” into the reason in the next export: that is always understood. How other reasons are read is listed below."),
            floor=floor,
        ),
        Finding(
            _("Dates in the future"), told["future"], told["employments"],
            _("Somebody whose last day is still to come counts as employed; somebody still to be hired is not counted yet."),
        ),
        Finding(
            _("Employments that overlap"), overlaps, told["employments"],
            _("They are joined to one, from the first day to the last, so nobody counts twice."),
        ),
        Finding(
            _("Places given outside any employment"), outside, None,
            _("A place from before the first day counts from the first day on; one after the last day counts for a later employment only."),
            _("Usually a first day is wrong, or an employment is missing."),
        ),
        Finding(
            _("People without a department or level"), ungrouped, people,
            _("They are compared only with each other, and stand under “Not recorded”."),
            _("Add both columns to the next export."),
        ),
        *_careers(organisation, people, told["employments"]),
    ]  # fmt: skip
    return Quality(
        as_of=today,
        imported_on=imported_on,
        first_hire=told["first_hire"],
        first_leaver=told["first_leaver"],
        last_leaver=told["last_leaver"],
        covered_from=covered,
        people=people,
        employments=told["employments"],
        findings=findings,
        readings=_readings(reasons, floor),
        floor=floor,
        warning=_warning(told["first_hire"], told["first_leaver"], covered, imported_on, today, told["employments"]),
    )


def _readings(reasons: Iterable[tuple[str, int]], floor: int) -> list[Reading]:
    """What each reason counts as, those first that are not understood. How many gave it isn't said: who leaves is known,
    so that on the day after somebody left it would tell how."""
    shared: dict[str, tuple[str, int]] = {}
    for reason, number in reasons:
        if kind_of(reason):
            text, before = shared.get(reason.strip().casefold(), (reason.strip(), 0))
            shared[text.casefold()] = text, before + number
    listed = sorted(shared.values(), key=lambda each: (-each[1], each[0]))[:REASONS_LISTED]
    found = [(read_kind(text) or 0, text.casefold(), text) for text, number in listed if number >= floor]
    return [
        Reading(text, str(KINDS_IN_WORDS[KINDS[kind_of(text) - 1]]), kind != 0) for kind, _key, text in sorted(found)
    ]


def _careers(organisation: Organisation, people: int, employments: int) -> list[Finding]:
    """What is known of promotions, moves and absence."""
    known = known_changes(organisation)
    if known is None:
        unseen, effect = employments, _("No promotion or move is known, so the report says nothing of either.")
    else:
        unseen = Spell.objects.filter(Q(ended_on__lt=known[0]) | Q(started_on__gt=known[1])).count()
        days = {name: date_format(day, "j F Y") for name, day in zip(("first", "last"), known, strict=True)}
        effect = _("Promotions and moves count from %(first)s to %(last)s, the days on record, and so does the time in which they could happen.") % days  # fmt: skip
    changes = JobChange.objects.aggregate(all=Count("pk"), seen=Count("pk", filter=Q(found_since__isnull=False)))
    untold = Member.objects.filter(absence_days__isnull=True).count()
    return [
        Finding(
            _("Employments without known job changes"), unseen, employments, effect,
            _("Import a file of promotions and moves, each with its date."),
        ),
        Finding(
            _("Promotions and moves without their day"), changes["seen"], changes["all"],
            _("Two imports of people showed them, so they count on the day of the later one."),
            _("Import a file of promotions and moves: those that are meant get their day from it."),
        ),
        Finding(
            _("People without days absent"), untold, people,
            _("They are left out of the days absent, with their time; nobody is taken to have never been absent."),
            _("Add the column with the days absent in the last twelve months to the next export."),
        ),
    ]  # fmt: skip


def _warning(
    first_hire: date | None,
    first_leaver: date | None,
    covered: date | None,
    imported_on: date | None,
    today: date,
    employments: int,
) -> str:
    """What matters most, in a sentence; nothing when nothing does."""
    if not employments:
        return _("No employment is known yet. Import your people first.")
    if first_leaver is None:
        return _(
            "Nobody who left is in the data. Without leavers, nothing can be said about who stays: export them too."
        )
    if covered is None and first_hire and first_leaver - first_hire > LATE_LEAVERS:
        return _(
            "The first leaver on record left on %(leaver)s, but people were hired from %(hire)s on. If earlier leavers are missing, set below since when they are recorded: otherwise the years before look better than they were."
        ) % {"leaver": date_format(first_leaver, "j F Y"), "hire": date_format(first_hire, "j F Y")}
    if imported_on and today - imported_on > FRESH:
        return _("The last import is of %(day)s. Whoever left since then still counts as employed until then, and not at all after.") % {
            "day": date_format(imported_on, "j F Y")
        }  # fmt: skip
    return ""
