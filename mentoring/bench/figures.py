"""Figures of a run: printed beside those of the last one, then kept for the next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Figures:
    """One part's figures, name → value. Smaller is better for all of them."""

    part: str
    unit: str
    folder: Path
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    budgets: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, **values: float) -> None:
        self.rows[name] = values

    @property
    def over_budget(self) -> list[str]:
        """Sentences about what took more than it may."""
        return [
            f"{name}: {key} {values[key]:.4g} is over the budget of {budget:.4g}"
            for name, values in self.rows.items()
            for key, budget in self.budgets.items()
            if key in values and values[key] > budget
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
