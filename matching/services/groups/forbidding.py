"""Whether a rule forbids that people are in one group: asked whenever somebody is put into it, and before it is offered."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from typing import TypeVar

from programs.models import Enrolment, Mentorship, Participant, Program, Role

from ...gathering import blocker_of
from ...models import GroupProposal, GroupSeat
from ...scoring import RULED_OUT, Rule
from ..problems import Forbidden

Key = TypeVar("Key", bound=Hashable)
_RULED_OUT = sum(rule.bit for rule in RULED_OUT)


@dataclass(frozen=True)
class Part:
    """Somebody in a group, or about to be; of those who are in it for good nothing is asked any more."""

    enrolment: int
    role: str
    settled: bool = False


@dataclass(frozen=True)
class Clash:
    """Two people of one group, by enrolment, and the rule that forbids it."""

    mentee: int
    mentor: int
    rule: Rule


def clashes(program: Program, groups: Mapping[Key, Iterable[Part]]) -> dict[Key, Clash]:
    """Of these groups those in which a rule forbids two people each other, as people and criteria are now.

    Who leads is held against those who are led, a peer against every other; on a board nobody sits with whom they were
    ruled out for. What an admin set aside counts as allowed. Limits that make no sense forbid nothing.
    """
    asked = {key: _asked(program, list(parts)) for key, parts in groups.items()}
    wanted = sorted({pair for each in asked.values() for pair in each})
    if not wanted:
        return {}
    try:
        mentees, mentors, blocker = blocker_of(program, wanted)
    except ValueError:
        return {}
    here, there = set(mentees.ids.tolist()), set(mentors.ids.tolist())
    wanted = [(one, other) for one, other in wanted if one in here and other in there]
    found = blocker.pairs(
        mentees.positions([one for one, _other in wanted]), mentors.positions([other for _one, other in wanted])
    )
    bits = dict(zip(wanted, found.tolist(), strict=True))
    told = {}
    for key, pairs in asked.items():
        for pair, counting in pairs.items():
            if forbidding := bits.get(pair, 0) & counting:
                told[key] = Clash(*pair, next(rule for rule in Rule if forbidding & rule.bit))
                break
    return told


def clashes_of(program: Program, groups: Iterable[GroupProposal]) -> dict[int, Clash]:
    """The same of suggested groups, by their ids, together with whom they are to join."""
    found = list(groups)
    seats = GroupSeat.objects.filter(group__in=[each.pk for each in found]).order_by("id")
    parts: dict[int, list[Part]] = {each.pk: [] for each in found}
    for group, enrolment, role in seats.values_list("group_id", "enrolment_id", "role"):
        parts[group].append(Part(enrolment, role))
    joined = {each.pk: each.mentorship_id for each in found if each.mentorship_id is not None}
    there: dict[int, list[Part]] = {}
    people = Participant.objects.present().filter(mentorship__in=joined.values())
    for mentorship, enrolment, role in people.values_list("mentorship_id", "enrolment_id", "role"):
        there.setdefault(mentorship, []).append(Part(enrolment, role, settled=True))
    for group, mentorship in joined.items():
        parts[group] += there.get(mentorship, [])
    return clashes(program, parts)


def require_allowed(program: Program, *, newcomer: Part, others: Iterable[Part]) -> None:
    """Whether somebody may join these people; among themselves they are left alone. Raises Forbidden."""
    settled = [Part(each.enrolment, each.role, settled=True) for each in others]
    found = clashes(program, {0: [newcomer, *settled]})
    if found:
        raise told(found[0])


def seats_of(group: GroupProposal) -> list[Part]:
    """Who is in a suggested group, and in the one that it is to join."""
    seats = GroupSeat.objects.filter(group=group).values_list("enrolment_id", "role")
    found = [Part(enrolment, role) for enrolment, role in seats]
    return found + (parts_of(group.mentorship) if group.mentorship is not None else [])


def parts_of(mentorship: Mentorship) -> list[Part]:
    here = Participant.objects.present().filter(mentorship=mentorship).values_list("enrolment_id", "role")
    return [Part(enrolment, role, settled=True) for enrolment, role in here]


def told(clash: Clash) -> Forbidden:
    """The problem, with the names of the two."""
    return _told(clash, Enrolment.objects.select_related("member").in_bulk([clash.mentee, clash.mentor]))


def why_not(program: Program, groups: Iterable[GroupProposal]) -> dict[int, str]:
    """Of suggested groups, by their ids, why they can't be offered: what a rule forbids by now, in a sentence."""
    found = clashes_of(program, groups)
    ids = {pk for clash in found.values() for pk in (clash.mentee, clash.mentor)}
    people = Enrolment.objects.select_related("member").in_bulk(ids) if ids else {}
    return {group: str(_told(clash, people)) for group, clash in found.items()}


def _told(clash: Clash, people: Mapping[int, Enrolment]) -> Forbidden:
    return Forbidden(clash.rule, mentee=people[clash.mentee].member.name, mentor=people[clash.mentor].member.name)


def _asked(program: Program, parts: list[Part]) -> dict[tuple[int, int], int]:
    """(mentee, mentor) to be asked about, and which rules count for them, as bits."""
    every = ~Rule.SET_ASIDE.bit
    leaders = [each for each in parts if each.role == Role.MENTOR]
    led = [each for each in parts if each.role == Role.MENTEE]
    peers = [each for each in parts if each.role == Role.PEER]
    pairs = [(pair, every) for pair in (*product(led, leaders), *permutations(peers, 2))]
    if program.kind.arranging == "panel":
        pairs += [(pair, _RULED_OUT & every) for pair in permutations(led, 2)]
    return {
        (one.enrolment, other.enrolment): counting
        for (one, other), counting in pairs
        if not (one.settled and other.settled)
    }
