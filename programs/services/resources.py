"""What a programme gives its people to read and watch, who has read what, and the training before matching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.files.checking import check_file
from mentoring.files.models import StoredFile

from ..formats.base import Guide
from ..models import Enrolment, Program, Resource, ResourceRead
from .places import locked_program
from .problems import ChangedMeanwhile, ProgramProblem

MOST_RESOURCES = 100
# Who reads: also those who wait for their place.
READING = (Enrolment.Status.APPLIED, Enrolment.Status.WAITING, Enrolment.Status.ACTIVE)
FIELDS = ("title", "kind", "summary", "url", "body", "minutes", "role", "stage_id", "is_guide", "required", "file_id")


@dataclass(frozen=True)
class Trained:
    """How far those of a role are with what they have to read."""

    role: str
    people: int
    done: int


def resources_of(program: Program) -> QuerySet[Resource]:
    """Everything that was not removed, without the content of its files."""
    found: QuerySet[Resource] = Resource.objects.filter(program=program, removed_at__isnull=True)
    return found.select_related("stage", "file").defer("file__content")


def for_role(program: Program, role: str) -> QuerySet[Resource]:
    """What those of a role get: their guide first."""
    return resources_of(program).filter(role__in=["", role]).order_by("-is_guide", "position", "pk")


def for_reader(program: Program, role: str, member: Member) -> list[Any]:
    """The same, each with `is_read`: whether this person has read it."""
    reads = ResourceRead.objects.filter(member=member, resource=OuterRef("pk"))
    return list(for_role(program, role).annotate(is_read=Exists(reads)))


def read_by(member: Member, resources: Iterable[Resource]) -> set[int]:
    reads = ResourceRead.objects.filter(member=member, resource__in=[each.pk for each in resources])
    return set(reads.values_list("resource_id", flat=True))


def version_of(resource: Resource) -> str:
    """Changes with the resource, so that of two who change it at once the second is told."""
    return sha256(repr([getattr(resource, name) for name in FIELDS]).encode()).hexdigest()[:16]


@transaction.atomic
def add_resource(program: Program, *, upload: UploadedFile | None = None, by: Member, **fields: Any) -> Resource:
    """Put a resource at the end of the list. Raises FileProblem for a file that is not taken."""
    program = locked_program(program)
    there = Resource.objects.filter(program=program, removed_at__isnull=True)
    if there.count() >= MOST_RESOURCES:
        raise ProgramProblem(_("There are 100 resources already. Remove one first."))
    last = there.aggregate(last=Max("position"))["last"]
    if fields.get("kind") == Resource.Kind.FILE:
        fields["file"] = check_file(upload) if upload else None
        if fields["file"] is None:
            raise ProgramProblem(_("Choose a file."))
    made: Resource = Resource.objects.create(program=program, position=0 if last is None else last + 1, **fields)
    return made


@transaction.atomic
def change_resource(
    resource: Resource, *, version: str, upload: UploadedFile | None = None, by: Member, **fields: Any
) -> Resource:
    """Change a resource; without an upload its file stays. Raises ChangedMeanwhile if it isn't as it was read."""
    program = locked_program(resource.program)
    current: Resource = resources_of(program).get(pk=resource.pk)
    if version_of(current) != version:
        raise ChangedMeanwhile(_("Somebody has changed it while you were writing. Look at it below, then save again."))
    for name, value in fields.items():
        setattr(current, name, value)
    old = None
    if current.kind == Resource.Kind.FILE and upload:
        old, current.file = current.file_id, check_file(upload)
    if current.kind == Resource.Kind.FILE and current.file_id is None:
        raise ProgramProblem(_("Choose a file."))
    current.save()
    _forget_file(old)
    note_trained(program)
    return current


@transaction.atomic
def move_resource(resource: Resource, *, up: bool, by: Member) -> None:
    """Change places with the one before or after it."""
    locked_program(resource.program)
    shown = list(Resource.objects.filter(program_id=resource.program_id, removed_at__isnull=True))
    at = next((i for i, each in enumerate(shown) if each.pk == resource.pk), None)
    if at is None:
        return
    other = at - 1 if up else at + 1
    if 0 <= other < len(shown):
        shown[at], shown[other] = shown[other], shown[at]
    for position, each in enumerate(shown):
        each.position = position
    Resource.objects.bulk_update(shown, ["position"])


@transaction.atomic
def remove_resource(resource: Resource, *, by: Member) -> None:
    """Show it no more; who has read it stays known. Nobody has to read it any longer."""
    program = locked_program(resource.program)
    Resource.objects.filter(pk=resource.pk, removed_at__isnull=True).update(removed_at=timezone.now())
    note_trained(program)


@transaction.atomic
def require_training(program: Program, *, required: bool, by: Member) -> None:
    """Whether nobody is matched before they have read what is required of their role."""
    program = locked_program(program)
    program.training_required = required
    program.save(update_fields=["training_required"])
    note_trained(program)


@transaction.atomic
def give_guides(program: Program) -> int:
    """Add the guides of the format for roles that have had none yet. Returns how many."""
    have = set(Resource.objects.filter(program=program, is_guide=True).values_list("role", flat=True))
    missing = {role: part.guide for role, part in program.parts.items() if part.guide is not None and role not in have}
    last = Resource.objects.filter(program=program).aggregate(last=Max("position"))["last"]
    first = 0 if last is None else last + 1
    Resource.objects.bulk_create(
        Resource(
            program=program,
            title=str(guide.title)[:150],
            summary="",
            body=text_of(guide),
            minutes=guide.minutes,
            role=role,
            is_guide=True,
            position=first + number,
        )
        for number, (role, guide) in enumerate(missing.items())
    )
    return len(missing)


def text_of(guide: Guide) -> str:
    """A guide of a format as the text that an admin can change."""
    parts = [str(guide.intro)]
    for heading, points in guide.sections:
        parts.append(f"## {heading}\n" + "\n".join(f"- {point}" for point in points))
    return "\n\n".join(parts)


@transaction.atomic
def mark_read(resource: Resource, *, read: bool = True, by: Member) -> None:
    """Note that somebody who takes part has read it, or take that back. Training that is finished stays finished."""
    enrolment = Enrolment.objects.filter(program=resource.program_id, member=by, status__in=READING).first()
    if enrolment is None or resource.role not in ("", enrolment.role):
        raise PermissionDenied
    if read:
        ResourceRead.objects.get_or_create(resource=resource, member=by)
    else:
        ResourceRead.objects.filter(resource=resource, member=by).delete()
    note_trained(resource.program, only=[enrolment.pk])


def required_of(program: Program) -> dict[str, set[int]]:
    """Role → the resources that those who take it have to read."""
    found = Resource.objects.filter(program=program, removed_at__isnull=True, required=True).values_list("pk", "role")
    required = list(found)
    return {role: {pk for pk, whom in required if whom in ("", role)} for role in program.parts}


def note_trained(program: Program, *, only: Collection[int] | None = None) -> int:
    """Note who has read everything by now. Returns how many. A resource that is added later untrains nobody."""
    required = required_of(program)
    if not any(required.values()):
        return 0
    waiting = Enrolment.objects.filter(program=program, status__in=READING, trained_at__isnull=True)
    if only is not None:
        waiting = waiting.filter(pk__in=only)
    people = list(waiting.values_list("pk", "member_id", "role"))
    read: dict[int, set[int]] = defaultdict(set)
    reads = ResourceRead.objects.filter(
        resource__in=set().union(*required.values()), member__in=waiting.values("member_id")
    )
    for member, resource in reads.values_list("member_id", "resource_id"):
        read[member].add(resource)
    done = [pk for pk, member, role in people if required.get(role) and required[role] <= read[member]]
    Enrolment.objects.filter(pk__in=done).update(trained_at=timezone.now())
    return len(done)


def untrained(program: Program) -> QuerySet[Enrolment]:
    """Enrolments that matching has to leave out: their training isn't finished. Nobody where it isn't required."""
    enrolled = Enrolment.objects.filter(program=program, trained_at__isnull=True)
    roles = [role for role, pks in required_of(program).items() if pks] if program.training_required else []
    return enrolled.filter(role__in=roles) if roles else enrolled.none()


def training_of(program: Program) -> list[Trained]:
    """How many of each role have finished, of those who are enrolled and have something to read."""
    roles = [role for role, pks in required_of(program).items() if pks]
    counts = {
        row["role"]: row
        for row in Enrolment.objects.filter(program=program, status=Enrolment.Status.ACTIVE, role__in=roles)
        .values("role")
        .annotate(people=Count("pk"), done=Count("pk", filter=Q(trained_at__isnull=False)))
        .order_by()
    }
    return [
        Trained(role, people=counts[role]["people"], done=counts[role]["done"])
        if role in counts
        else Trained(role, 0, 0)
        for role in roles
    ]


def _forget_file(pk: int | None) -> None:
    """A file that no resource shows any more; a copy of the programme may."""
    if pk is not None and not Resource.objects.filter(file=pk).exists():
        StoredFile.objects.filter(pk=pk).delete()
