"""Figures of a run: printed beside those of the last one, then kept for the next."""

from __future__ import annotations

import contextlib
import json
import resource
from dataclasses import dataclass, field
from pathlib import Path


def forget_peak() -> None:
    """Let the peak of memory begin at what is in use now, where the system can: what came before is not measured."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The most memory in use at once since then, in MB."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass
class Figures:
    """One part's figures, name → value. Smaller is better for all of them."""

    part: str
    unit: str
    folder: Path
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    # By key, or by "name: key" for one row alone.
    budgets: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, **values: float) -> None:
        self.rows[name] = values

    @property
    def over_budget(self) -> list[str]:
        """Sentences about what took more than it may."""
        return [
            f"{name}: {key} {value:.4g} is over the budget of {budget:.4g}"
            for name, values in self.rows.items()
            for key, value in values.items()
            if (budget := self.budgets.get(f"{name}: {key}", self.budgets.get(key))) is not None and value > budget
        ]

    def table(self) -> str:
        """All rows, with the ratio to the last run of each figure that is a time."""
        before = self._before()
        width = max(len(name) for name in self.rows)
        lines = [f"{self.part} ({self.unit})"]
        for name, values in self.rows.items():
            cells = []
            for key, value in values.items():
                last = before.get(name, {}).get(key)
                ratio = f" (×{value / last:.2f})" if last and value != last else ""
                cells.append(f"{key} {value:8.4g}{ratio:<9}")
            lines.append(f"  {name:<{width}}  " + "  ".join(cells))
        return "\n".join(lines)

    def keep(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.rows, indent=1))

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.part}.json"

    def _before(self) -> dict[str, dict[str, float]]:
        try:
            found: dict[str, dict[str, float]] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found
