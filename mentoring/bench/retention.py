"""How long the page on retention takes to work out, and Cox's regression beside that of statsmodels."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from reports.disclosure import may_be_told
from reports.leavers import ALL, OTHERS, Fact, Leavers, Report, count_jointly
from reports.survival import (
    NEVER,
    ExposureRows,
    Happenings,
    absence_within,
    combine_strata,
    continue_spells,
    exposure_rows,
    followed_between,
    hazard_ratio,
    matched_rates,
    spell_at,
    spread_over,
    standard_measures,
    study,
)

from .figures import Figures

SIZES = (1_000, 10_000, 100_000)
AS_OF = 740_000
# Cox's regression may take a twentieth of the time of statsmodels.
MOST_OF_STATSMODELS = 1 / 20
# Threads that wait for each other would count as work.
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Column = NDArray[np.int64]


def measure(folder: Path) -> Figures:
    """Processor seconds and peak memory in MB, each size in a process of its own.

    `page` is every statistic of the page: headline with bootstrap and curves of three years, ratios by stratum and by
    group, kinds of leaving, landmarks, rates and standard measures. `cox` is the hazard ratio of all with one covariate
    that changes with time, `statsmodels` the same by its PHReg in the same process, `× statsmodels` the first over the
    second.

    `audit` is what a worker does with a report before it is kept: laid beside those of a year and those of another way
    of counting participants, with its peak memory in a process of its own, `audit MB`.
    """
    figures = Figures(
        "retention",
        "processor seconds; MB",
        folder,
        budgets={"page": 3.0, "MB": 300.0, "× statsmodels": MOST_OF_STATSMODELS, "audit": 60.0, "audit MB": 300.0},
    )
    for people in SIZES:
        values: dict[str, float] = {}
        for what in MEASURED:
            command = [sys.executable, "-m", __name__, what, str(people)]
            found = subprocess.run(
                command, env={**os.environ, **ONE_THREAD}, check=True, capture_output=True, text=True
            )
            values |= json.loads(found.stdout)
        figures.add(f"{people:,} people", **values)
    return figures


def measure_one(people: int) -> dict[str, float]:
    spells, joined, kind, groups = employees(people)
    began = time.process_time()
    rows = page(spells, joined, kind, groups)
    values = {"page": time.process_time() - began}
    # Before statsmodels is loaded, which takes as much as all of this.
    values["MB"] = _memory()
    times = []
    for _ in range(5):
        began = time.process_time()
        hazard_ratio(rows)
        times.append(time.process_time() - began)
    values["cox"] = min(times)
    values["statsmodels"] = _statsmodels(rows)
    values["× statsmodels"] = values["cox"] / values["statsmodels"]
    return values


def measure_audit(people: int) -> dict[str, float]:
    """A month's report beside those of the eleven months before, and beside two of those who were matched; each arm of
    a group to the nearest five."""
    spells, joined, _kind, groups = employees(people)
    # Four of five are matched, two months after they signed up.
    matched = np.where((joined < NEVER) & (Generator(PCG64(5)).random(people) < 0.8), joined + 60, NEVER)
    began = time.process_time()
    months = [Report(0, None, AS_OF - 30 * back) for back in range(11, -1, -1)]
    reports = [*months[:-1], Report(1, None, AS_OF - 30), Report(1, None, AS_OF), months[-1]]
    own, everything = ([each for each in reports if each.choice in choices] for choices in ((0,), (0, 1)))
    for beside in (own, everything):
        leavers = count_jointly(
            hired=spells[1], left=spells[2], joined=np.stack([joined, matched]),
            outside=np.zeros((2, people), bool), labels=groups, reports=beside,
        )  # fmt: skip
        told = [fact for at in range(len(beside)) for fact in _facts(leavers, at)]
        may_be_told(leavers, [each for each in told if each.window < len(beside) - 1], _facts(leavers, len(beside) - 1))
    return {"audit": time.process_time() - began, "audit MB": _memory()}


def _facts(leavers: Leavers, window: int) -> list[Fact]:
    found = []
    for breakdown, group in [(ALL, ALL), *((name, each) for name, names in leavers.names.items() for each in names)]:
        cells = leavers.inside(breakdown, group)
        assert cells is not None
        arms = leavers.count(cells, window)
        if all(min(left, all_of_them - left) >= 10 for all_of_them, left in arms):
            low, high = ([(left + 2) // 5 * 5 + off for _people, left in arms] for off in (-2, 2))
            found.append(Fact(breakdown, group, window, low[0], high[0], ((OTHERS, low[1], high[1]),)))
    return found


def page(
    spells: tuple[Column, Column, Column], joined: Column, kind: Column, groups: dict[str, Column]
) -> ExposureRows:
    """Everything that the page says, from the dates on."""
    found = continue_spells(person=spells[0], hired=spells[1], left=spells[2])
    rows = exposure_rows(
        hired=found.hired,
        left=found.left,
        joined=joined[found.person],
        as_of=AS_OF,
        covered_from=AS_OF - 4 * 365,
        kind=kind[found.last],
        person=found.person,
    )
    label = {name: column[rows.person] for name, column in groups.items()}
    strata = combine_strata(label["department"], label["level"], label["hire year"])
    study(rows, strata=strata, groups=label, until=3 * 365)
    # Of everybody a promotion and a move, and a year with some days absent, as far as they are employed then.
    changed_on = found.hired + 400
    at = spell_at(found, person=found.person, day=changed_on)
    changes, on = at[at >= 0], changed_on[at >= 0]
    hired = found.hired[rows.spells]
    followed, kept = followed_between(rows, hired=hired, first=AS_OF - 3 * 365, last=AS_OF)
    for _kind in ("promotions", "moves"):
        matched_rates(followed, spell=changes, day=on - found.hired[changes] + 1, strata=strata[kept])
    last = np.minimum(found.left, AS_OF)
    first = np.maximum(last - 364, found.hired)
    days = np.floor(10 * Generator(PCG64(3)).random(len(last)))
    everybody = np.arange(len(last))
    told, kept, amounts = absence_within(rows, hired=hired, spell=everybody, first=first, last=last, days=days)
    spell, day, amount = spread_over(told, amounts)
    matched_rates(told, spell=spell, day=day, amount=amount, strata=strata[kept])
    standard_measures(
        found,
        first=AS_OF - 364,
        last=AS_OF,
        kind=kind[found.last],
        happenings=Happenings(
            promotions=(found.person[changes], on),
            moves=(found.person[changes], on),
            changes_known=(AS_OF - 3 * 365, AS_OF),
            absences=(first, last, days),
            mentee_since=joined,
            mentor_since=np.where(joined < NEVER, joined + 365, NEVER),
        ),
    )
    return rows


# Each in a process of its own.
MEASURED = {"page": measure_one, "audit": measure_audit}


def employees(people: int) -> tuple[tuple[Column, Column, Column], Column, Column, dict[str, Column]]:
    """Made-up spells (person, hired, left), first days in a programme, kinds of leaving, and groups of people."""
    u = Generator(PCG64(20_240_601)).random((people, 8))
    followed = np.ceil((5 - 5 * u[:, 0]) * 365).astype(np.int64)
    hired = AS_OF + 1 - followed
    stays = np.ceil(-np.log1p(-u[:, 1]) / 0.20 * 365).astype(np.int64)
    joins = np.ceil(3 * u[:, 3] * 365).astype(np.int64)
    left = np.where(stays <= followed, hired + stays - 1, NEVER)
    joined = np.where((u[:, 2] < 0.40) & (joins < np.minimum(stays, followed)), hired + joins - 1, NEVER)
    groups = {
        "department": (u[:, 4] * 12).astype(np.int64),
        "level": (u[:, 5] * 4).astype(np.int64),
        "site": (u[:, 6] * 8).astype(np.int64),
        "hire year": hired // 365,
    }
    kind = (u[:, 7] * 3).astype(np.int64) + 1
    return (np.arange(people, dtype=np.int64), hired, left), joined, kind, groups


def _memory() -> float:
    """Peak memory of this process alone; where the system keeps no such count, that of who started it may be in it."""
    try:
        status = Path("/proc/self/status").read_text()
        return float(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _statsmodels(rows: ExposureRows) -> float:
    """Its time, once; raises RuntimeError when it finds another coefficient."""
    from statsmodels.duration.hazard_regression import PHReg

    began = time.process_time()
    # Its delayed entry is closed on the left.
    fit = PHReg(
        rows.exit.astype(np.float64),
        rows.exposed.astype(np.float64)[:, None],
        status=rows.event.astype(np.float64),
        entry=rows.entry + 1e-6,
        ties="efron",
    ).fit(disp=0)
    took = time.process_time() - began
    ours = getattr(hazard_ratio(rows), "coefficient", None)
    if ours is None or abs(ours - float(fit.params[0])) > 1e-4:
        raise RuntimeError(f"statsmodels finds {float(fit.params[0])}, we find {ours}.")
    return took


if __name__ == "__main__":
    sys.stdout.write(json.dumps(MEASURED[sys.argv[1]](int(sys.argv[2]))))
