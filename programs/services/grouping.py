"""What holds a mentorship of several people together, and what it takes to begin. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..models import Mentorship, Participant, Program, Role


def fewest_of(program: Program) -> int | None:
    """The fewest, leaders not counted, with whom a group of this programme works; None where it has no groups."""
    size, own = program.kind.group_size, _size_of(program)
    fewest = program.group_min or (size[0] if size else None)
    return fewest if own is None or fewest is None else min(fewest, own)


def most_of(program: Program) -> int | None:
    """The most, leaders not counted, that a group of this programme takes; None where it has no groups."""
    size = program.kind.group_size
    return _size_of(program) or program.group_max or (size[1] if size else None)


def _size_of(program: Program) -> int | None:
    """How many are in each group, where the format asks for one number."""
    size = program.kind.particulars(program.format_settings).get("size")
    return int(size) if size else None


def is_led(program: Program, people: Sequence[Participant]) -> bool:
    """Whether this is a group with somebody who leads it, rather than a pair or a few who are all alike."""
    leaders = sum(each.role == Role.MENTOR for each in people)
    return bool(leaders) and (fewest_of(program) is not None or len(people) > 2)


def is_group(program: Program, people: Sequence[Participant]) -> bool:
    """Whether it can go on when one of its people leaves."""
    return is_led(program, people) or len(people) > 2


def present(people: Iterable[Participant]) -> list[Participant]:
    return [each for each in people if each.left_at is None]


def may_begin(mentorship: Mentorship, people: Sequence[Participant]) -> bool:
    """Whether enough have said yes.

    A pair, or a few who are all alike, begins once everybody who is in it has said yes. A group with a leader begins
    once all who lead it have, and as many others as the programme asks for at least, or as were asked if that is
    fewer; the others may still answer, and join. `people` are all who were ever asked.
    """
    here = present(people)
    if not is_led(mentorship.program, people):
        return len(here) > 1 and all(each.response == Participant.Response.ACCEPTED for each in here)
    leaders = [each for each in here if each.role == Role.MENTOR]
    others = sum(each.role != Role.MENTOR for each in people)
    yes = sum(each.role != Role.MENTOR and each.response == Participant.Response.ACCEPTED for each in here)
    return (
        bool(leaders)
        and all(each.response == Participant.Response.ACCEPTED for each in leaders)
        and yes >= min(max(1, fewest_of(mentorship.program) or 1), max(1, others))
    )


def can_go_on(mentorship: Mentorship, people: Sequence[Participant]) -> bool:
    """Whether a no, or somebody leaving, leaves a group behind: one of at least two. A pair never goes on."""
    return is_group(mentorship.program, people) and len(present(people)) > 1
