"""What the rows of a person do to their spells of employment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from .cells import in_words
from .existing import Spell
from .records import Person, Record

# A start date that moves by no more than this corrects a spell; a larger step is more likely a rehire.
_CORRECTION_DAYS = 31


class Spells:
    """Lays rows beside the spells that are known. Says whether the file has columns for the end and its reason."""

    def __init__(self, *, knows_end: bool, knows_reason: bool) -> None:
        self.knows_end = knows_end
        self.knows_reason = knows_reason

    def settle(self, person: Person) -> None:
        """Lay the employments of a person's rows beside those that are known, and refuse what overlaps."""
        known = person.member.spells if person.member else ()
        records = person.records
        if not known and len(records) == 1:
            record = records[0]
            record.applies = True
            if record.started_on:
                record.spell_now = Spell(record.started_on, record.ended_on, record.reason if record.ended_on else "")
            elif record.ended_on:
                record.note("no_start", "An end date without a start date: the end date is left out.", "hired_on")
            return
        spells: dict[Spell, Record | None] = dict.fromkeys(known)
        by_start = {spell.started_on: spell for spell in known}
        for record in sorted(records, key=lambda r: r.started_on not in by_start):
            self._spell(record, spells, sole=len(records) == 1)
        accepted = [r for r in records if not r.errors and not r.repeated]
        latest = max((spell.started_on for spell in spells), default=None)
        dated = [r for r in accepted if r.started_on]
        if dated:
            newest = max(dated, key=lambda r: r.started_on or date.min)
            newest.applies = newest.started_on == latest
        elif accepted:
            accepted[0].applies = True

    def _spell(self, record: Record, spells: dict[Spell, Record | None], *, sole: bool) -> None:
        if record.started_on is None:
            self._undated(record, spells)
            return
        now = Spell(record.started_on, record.ended_on, record.reason if record.ended_on else "")
        was = next((s for s in spells if s.started_on == record.started_on), None)
        if was is not None and (earlier := spells[was]) is not None:
            self._repeated(record, earlier)
            return
        clashes = [s for s in spells if s is not was and s.overlaps(self._merged(was, now, record))]
        if was is None and sole and len(clashes) == 1 and spells[clashes[0]] is None:
            apart = abs((clashes[0].started_on - now.started_on).days)
            if apart <= _CORRECTION_DAYS:
                was, clashes = clashes[0], []
        if clashes:
            other, where = clashes[0], spells[clashes[0]]
            until = f"to {in_words(other.ended_on)}" if other.ended_on else "without an end"
            record.refuse(
                "overlap",
                f"Overlaps the employment {f'in row {where.line}' if where else 'known already'} from "
                f"{in_words(other.started_on)} {until}. Give that one its end date in a row of its own, "
                "or correct the dates.",
                "hired_on",
            )
            return
        now = self._merged(was, now, record)
        if was is None:
            if spells:
                record.note("rehired", f"A further employment, from {in_words(now.started_on)}.", "hired_on")
        else:
            del spells[was]
        spells[now] = record
        record.spell_was = was
        record.spell_now = now if now != was else None

    def _merged(self, was: Spell | None, now: Spell, record: Record) -> Spell:
        """A known spell with what the row says of it; columns that the file lacks keep what is known."""
        if was is None:
            return now
        if not self.knows_end or record.says_left:
            now = replace(now, ended_on=was.ended_on)
        if not self.knows_reason or not record.reason:
            now = replace(now, end_reason=was.end_reason if now.ended_on else "")
        else:
            now = replace(now, end_reason=record.reason if now.ended_on else "")
        return now

    def _undated(self, record: Record, spells: dict[Spell, Record | None]) -> None:
        """A row without a start date: it may end the one employment that is going on."""
        person = record.person
        if person and person.records[0] is not record:
            self._repeated(record, person.records[0])
            return
        if record.ended_on is None:
            return
        going_on = [s for s in spells if s.ended_on is None and s.started_on <= record.ended_on]
        ended = [s for s in spells if s.ended_on == record.ended_on]
        if ended:
            return
        if not going_on:
            record.note("no_start", "An end date without a start date: the end date is left out.", "hired_on")
            return
        was = going_on[0]
        now = Spell(was.started_on, record.ended_on, record.reason)
        del spells[was]
        spells[now] = record
        record.spell_was, record.spell_now = was, now

    @staticmethod
    def _repeated(record: Record, earlier: Record) -> None:
        record.repeated = True
        if (record.values, record.ended_on, record.reason) == (earlier.values, earlier.ended_on, earlier.reason):
            record.note("repeated", f"Says the same as row {earlier.line}.")
        else:
            record.refuse(
                "repeated", f"Row {earlier.line} has this person already, with other details. Keep one of the two rows."
            )
