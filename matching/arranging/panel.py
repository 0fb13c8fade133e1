"""Shadow boards: panels composed like those who applied, each beside its executives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.models import Mentorship, Program, Role

from ..formats.panels import NoPanel, choose_panels
from ..models import GroupProposal, Proposal
from .base import Arranged, Arranger, GroupFound, LeftOver, Prepared, Seat, free_people, must_pairs, prepared


@dataclass(frozen=True)
class Situation:
    """Who applied and is free, the executives who are, how many boards are to be filled, with how many each."""

    pool: frozenset[int]
    executives: frozenset[int]
    boards: int
    size: int
    # Boards that are there already; new ones are counted on from them.
    standing: int
    # (applicant, executive) whom an admin wants beside each other.
    must: frozenset[tuple[int, int]] = frozenset()


class Panels(Arranger):
    """Departments, locations and levels are on each board as they are among all who applied."""

    key = "panel"
    template = "matching/group_panel.html"

    def situation(self, program: Program) -> Situation:
        settings = program.kind.particulars(program.format_settings)
        standing = Mentorship.objects.taking_places().filter(program=program).exclude(name="").count()
        standing += GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True).count()
        return Situation(
            pool=free_people(program, [Role.MENTEE], busy_as=[Role.MENTEE]),
            executives=free_people(program, [Role.MENTOR], busy_as=[Role.MENTOR]),
            boards=max(0, int(settings.get("boards") or 1) - standing),
            size=int(settings.get("size") or 8),
            standing=standing,
            must=must_pairs(program),
        )

    def is_wanted(self, situation: Situation) -> bool:
        return (
            situation.boards > 0
            and len(situation.pool) >= situation.boards * situation.size
            and len(situation.executives) >= situation.boards
        )

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if not situation.boards:
            raise JobError(_("All boards that this programme has are there already."))
        needed = situation.boards * situation.size
        if len(situation.pool) < needed:
            raise JobError(
                ngettext(
                    "%(n)d person has applied and is free; %(boards)d × %(size)d = %(needed)d are needed.",
                    "%(n)d people have applied and are free; %(boards)d × %(size)d = %(needed)d are needed.",
                    len(situation.pool),
                )
                % {
                    "n": len(situation.pool),
                    "boards": situation.boards,
                    "size": situation.size,
                    "needed": needed,
                }
            )
        if len(situation.executives) < situation.boards:
            raise JobError(_("Each board needs an executive beside it, and there are too few of them."))
        return prepared(program, mentees=situation.pool, mentors=situation.executives)

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        people, leaders = prepared.scorer.mentees, prepared.scorer.mentors
        scores, blocked = prepared.matrix()
        # Dealt out like cards, so that each board has as many.
        beside = [
            [at for at in range(len(leaders)) if at % situation.boards == board] for board in range(situation.boards)
        ]
        members = dict(zip(people.person_ids.tolist(), people.ids.tolist(), strict=True))
        apart = {
            (members[one], members[other])
            for one, other in (*prepared.gathered.must_not, *prepared.gathered.avoided)
            if one in members and other in members and one != other
        }
        barred = [
            (person, board)
            for at, person in enumerate(people.ids.tolist())
            for board, columns in enumerate(beside)
            if blocked[at, columns].any()
        ]
        board_of = {int(leaders.ids[at]): board for board, columns in enumerate(beside) for at in columns}
        held: dict[int, int] = {}
        back = set()
        for person, executive in sorted(situation.must):
            if person not in people.ids:
                continue
            board = board_of.get(executive)
            if board is None or (person, board) in barred:
                # Nowhere, rather than beside somebody else.
                back.add(person)
                barred += [(person, number) for number in range(situation.boards)]
            else:
                held[person] = board
        try:
            found = choose_panels(
                people.ids,
                {
                    "department": people.department,
                    "site": people.site,
                    "level": np.nan_to_num(people.level, nan=-1).astype(np.int64),
                },
                panels=situation.boards,
                size=situation.size,
                apart=apart,
                barred=barred,
                placed=held.items(),
                scores=scores.mean(axis=1),
            )
        except NoPanel:
            raise JobError(
                _("What the rules forbid leaves no way to fill the boards. Loosen a rule, or make the boards smaller.")
            ) from None
        row = {pk: at for at, pk in enumerate(people.ids.tolist())}
        groups = []
        for number, panel in enumerate(found.panels):
            columns = beside[number]
            seats = [Seat(int(leaders.ids[at]), Role.MENTOR) for at in columns]
            own = [(pk, round(float(scores[row[pk], columns].mean()), 4)) for pk in panel.members]
            seats += [Seat(pk, Role.MENTEE, score) for pk, score in own]
            groups.append(
                GroupFound(
                    tuple(seats),
                    round(sum(score for _pk, score in own) / len(own), 4),
                    name=_("Board %(number)d") % {"number": situation.standing + number + 1},
                )
            )
        reason = _(
            "All seats are given: whoever sits on a board was chosen so that it is composed like all who applied."
        )
        no_place = _(
            "It was decided by hand beside whom they sit: a rule forbids it, or that executive takes no new board."
        )
        left = tuple(
            LeftOver(pk, "panel.must", no_place) if pk in back else LeftOver(pk, "panel.full", reason)
            for pk in found.rest
        )
        told = (
            _("The largest difference between a board and all who applied is %(share)d%%.")
            % {"share": round(found.largest * 100)},
        )
        return Arranged(
            groups=tuple(groups), left=left, told=told, people=len(people), leaders=len(situation.executives)
        )
