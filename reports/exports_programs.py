"""How programmes do, as a document to take away."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Organisation

from .exports_tables import Document
from .health import Health
from .program_figures import Figures, side_by_side
from .telling import Figure


def document_of(organisation: Organisation, compared: Sequence[Figures], *, healths: Sequence[Health] = ()) -> Document:
    """One programme, or several side by side; charts only of one."""
    first = compared[0]
    as_of = first.as_of.astimezone(organisation.zone)
    names = [each.program.name for each in compared]
    rows = [
        [
            each.program.name, figure.section, figure.name, figure.value, figure.unit,
            *(figure.bounds or (None, None)), figure.people, figure.rate, figure.of,
            "" if figure.value is not None else figure.text, as_of.date().isoformat(),
        ]
        for each in compared
        for figure in each.figures
    ]  # fmt: skip
    definitions: dict[str, str] = {}
    for each in compared:
        for figure in each.figures:
            definitions.setdefault(figure.name, figure.definition)
    notes = [_("counted on %(day)s") % {"day": date_format(as_of, "j F Y")}]
    if first.is_rounded:
        notes.append(_("counts to the nearest five; fewer than five is not told"))
    if len(compared) == 1:
        tables = {
            section: (
                [_("Figure"), _("Value"), _("Counted of")],
                [[figure.name, figure.text, figure.basis] for figure in figures],
            )
            for section, figures in first.sections
        }
    else:
        tables = {
            section: (
                [_("Figure"), *names],
                [[figure.name, *(_cell(each) for each in found)] for figure, found in lines],
            )
            for section, lines in side_by_side(compared)
        }
    charts = [
        chart for health in healths for chart in (health.funnel, health.rhythm)
    ] + ([first.load, first.drop_off] if len(compared) == 1 else [])  # fmt: skip
    return Document(
        title=_("How %(name)s does") % {"name": names[0]} if len(names) == 1 else _("Programmes side by side"),
        organisation=organisation.name,
        as_of=as_of,
        header=[
            _("Programme"), _("Section"), _("Figure"), _("Value"), _("Unit"), _("Lower (95%)"), _("Upper (95%)"), _("n"),
            _("Answered, %"), _("Counted of"), _("Why there is none"), _("Counted on"),
        ],
        rows=rows,
        definitions=list(definitions.items()),
        notes=notes,
        tables=tables,
        charts=charts,
    )  # fmt: skip


def _cell(figure: Figure | None) -> str:
    """A figure in a table of several programmes; asked of people, it never stands without its bounds and its n."""
    if figure is None:
        return "–"
    return f"{figure.text} ({figure.basis})" if figure.bounds is not None else figure.text
