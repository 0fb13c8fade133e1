"""From hire, leave and join dates to one row per state that a person was in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

NEVER = int(np.iinfo(np.int64).max // 4)
REHIRE_GAP = 30


@dataclass(frozen=True, eq=False)
class ExposureRows:
    """Rows (entry, exit] in days of tenure, all arrays of one length; `person` is the position in the input.

    `contradictory` counts the spells that were left out because they end before they begin.
    """

    entry: IntArray
    exit: IntArray
    event: BoolArray
    exposed: BoolArray
    person: IntArray
    contradictory: int = 0

    def __len__(self) -> int:
        return len(self.entry)


def exposure_rows(
    *,
    hired: Sequence[int],
    left: Sequence[int | None],
    joined: Sequence[int | None],
    as_of: int,
    covered_from: int | None = None,
) -> ExposureRows:
    """Split each spell of employment into the time before and the time after its person joined a programme.

    All arguments are day numbers (`date.toordinal()`), one per spell: `hired` the first day of work, `left` the last
    one or None, `joined` the day of joining the first programme or None. `as_of` is the last day and `covered_from`
    the first day on which HR data is complete.

    Tenure at the end of the day of hire is 1. The day of joining still counts as not exposed, so a person who leaves
    on that day leaves as somebody who had not taken part; from the next day on a person is exposed for ever, in later
    spells too. Employed at the end of `as_of` is censored. Spells that are wholly outside the covered days give no row.
    """
    begun, ended, exposed_on = _days(hired), _days(left), _days(joined)
    if not len(begun) == len(ended) == len(exposed_on):
        raise ValueError("hired, left and joined must have one entry for each spell.")
    contradictory = ended < begun

    event = ended <= as_of
    exit_ = np.minimum(ended, as_of) - begun + 1
    entry = np.zeros_like(begun) if covered_from is None else np.maximum(covered_from - begun, 0)
    change = np.maximum(exposed_on - begun + 1, 0)
    person = np.arange(len(begun), dtype=np.int64)

    before_exit, after_entry = np.minimum(exit_, change), np.maximum(entry, change)
    before = ~contradictory & (entry < before_exit)
    after = ~contradictory & (after_entry < exit_)
    return ExposureRows(
        entry=np.concatenate([entry[before], after_entry[after]]),
        exit=np.concatenate([before_exit[before], exit_[after]]),
        event=np.concatenate([(event & (exit_ <= change))[before], event[after]]),
        exposed=np.concatenate([np.zeros(before.sum(), bool), np.ones(after.sum(), bool)]),
        person=np.concatenate([person[before], person[after]]),
        contradictory=int(contradictory.sum()),
    )


def continue_spells(
    *, person: Sequence[int], hired: Sequence[int], left: Sequence[int | None], gap: int = REHIRE_GAP
) -> tuple[list[int], list[int], list[int | None]]:
    """Join spells of one person that are at most `gap` days apart; answer (person, hired, left), in order of both."""
    order = sorted(range(len(person)), key=lambda i: (person[i], hired[i]))
    people: list[int] = []
    starts: list[int] = []
    ends: list[int | None] = []
    for i in order:
        end = left[i]
        last = ends[-1] if ends else None
        if people and people[-1] == person[i] and (last is None or hired[i] - last <= gap):
            ends[-1] = None if last is None or end is None else max(last, end)
        else:
            people.append(person[i])
            starts.append(hired[i])
            ends.append(end)
    return people, starts, ends


def _days(values: Sequence[int | None]) -> IntArray:
    return np.array([NEVER if value is None else value for value in values], dtype=np.int64)
