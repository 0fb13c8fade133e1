"""Programmes made from others: from templates of ours, from an organisation's own, and from last year's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.rules import require
from mentoring.files.models import StoredFile
from mentoring.tenancy.clock import today

from ..criteria import complete
from ..formats import FORMATS
from ..keeping import Later, give_all, register_keeper, take_all
from ..models import Objective, Program, ProgramTemplate, Question, Resource, Stage
from ..templates import TEMPLATES, Ready
from .drafts import start_draft
from .problems import ProgramProblem

# What is the same in a copy. Lengths of time are kept as seconds, days as ISO text.
PLAIN = (
    "objective", "description", "needs_approval", "mentee_places", "default_capacity", "pairing", "requests_at_once",
    "rolling", "group_min", "group_max", "approver", "eligibility", "training_required",
)  # fmt: skip
LENGTHS = ("session_length", "rhythm", "answer_within", "hired_within")
DAYS = ("starts_on", "ends_on")


@transaction.atomic
def start_from_ready(key: str, *, by: Member) -> Program:
    """Begin a draft from a template of ours; its texts are in the language of whoever begins."""
    require(by, "programs.manage")
    ready = TEMPLATES[key]
    program = start_draft(format=ready.format, by=by)
    fields = dict(ready.fields)
    program.name, program.objective = str(ready.name), str(ready.objective)
    program.description = str(ready.description)
    if "rhythm_days" in fields:
        program.rhythm = timedelta(days=fields.pop("rhythm_days"))
    if "session_minutes" in fields:
        program.session_length = timedelta(minutes=fields.pop("session_minutes"))
    if days := fields.pop("days", None):
        program.starts_on = today() + timedelta(days=28)
        program.ends_on = None if fields.get("rolling") else program.starts_on + timedelta(days=days)
    for name, value in fields.items():
        setattr(program, name, value)
    if days:
        program.format_settings = {**program.format_settings, "days": days}
    program.criteria = _criteria(program, ready)
    program.save()
    for position, ask in enumerate(ready.asks):
        options = [str(option) for option in ask.get("options", ())]
        values = {"audience": "both", **ask, "text": str(ask["text"]), "options": options}
        Question.objects.create(program=program, position=position, **values)
    return program


@transaction.atomic
def start_from_template(template: ProgramTemplate, *, by: Member) -> Program:
    """Begin a draft from what the organisation has saved. It has no days yet."""
    require(by, "programs.manage")
    return _start(template.format, template.content, by=by, name="", later=lambda day: None)


@transaction.atomic
def copy_program(program: Program, *, by: Member) -> Program:
    """Begin a draft like an earlier programme, without its people; its days move by as many years as bring them ahead."""
    require(by, "programs.manage")
    years = _years_ahead(program)
    name = _("%(name)s (copy)") % {"name": program.name[:90]}
    copied = _start(program.format, take_all(program), by=by, name=name, later=lambda day: _later(day, years))
    copied.copied_from = program
    copied.save(update_fields=["copied_from"])
    return copied


@transaction.atomic
def save_template(program: Program, *, name: str, description: str = "", by: Member) -> ProgramTemplate:
    """Keep a programme's settings, questions and texts, to launch others from. Nothing about people is kept."""
    require(by, "programs.manage")
    template = ProgramTemplate(
        name=name.strip(), description=description.strip(), format=program.format, content=take_all(program), made_by=by
    )
    return _saved(template)


@transaction.atomic
def change_template(template: ProgramTemplate, *, name: str, description: str, by: Member) -> ProgramTemplate:
    require(by, "programs.manage")
    template.name, template.description = name.strip(), description.strip()
    return _saved(template)


@transaction.atomic
def remove_template(template: ProgramTemplate, *, by: Member) -> None:
    """Remove a template. Programmes that were launched from it stay as they are."""
    require(by, "programs.manage")
    template.delete()


def _saved(template: ProgramTemplate) -> ProgramTemplate:
    if not template.name:
        raise ProgramProblem(_("Give the template a name."))
    try:
        template.validate_constraints()
    except ValidationError as problem:
        raise ProgramProblem(" ".join(problem.messages)) from problem
    template.save()
    return template


def _start(format: str, content: dict[str, Any], *, by: Member, name: str, later: Later) -> Program:
    if format not in FORMATS:
        raise ProgramProblem(_("There is no such format any more."))
    program = start_draft(format=format, by=by)
    program.name = name
    give_all(program, content, later)
    # Everything has an answer already; the check page shows them.
    program.wizard_step = "check"
    program.save()
    return program


def _years_ahead(program: Program) -> int:
    """A year, or as many as it takes for the programme to begin in the future."""
    begins_on = program.starts_on or (program.launched_at.date() if program.launched_at else today())
    years = 1
    while (moved := _later(begins_on, years)) is not None and moved <= today() and years < 100:
        years += 1
    return years


def _later(day: date | None, years: int) -> date | None:
    if day is None or day.year + years > 2999:
        return None
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # The 29th of February.
        return day.replace(year=day.year + years, day=28)


def _criteria(program: Program, ready: Ready) -> dict[str, Any]:
    criteria = complete(program.criteria, program.kind)
    criteria["weights"] = {code: ready.weights.get(code, 0) for code in criteria["weights"]}
    criteria["rules"] |= ready.rules
    criteria["settings"] |= ready.wants
    return criteria


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# What this app keeps.


def _take_settings(program: Program) -> dict[str, Any]:
    lengths = {name: getattr(program, name) for name in LENGTHS}
    return {
        **{name: getattr(program, name) for name in PLAIN},
        **{name: length.total_seconds() if length is not None else None for name, length in lengths.items()},
        **{name: _iso(getattr(program, name)) for name in DAYS},
        "format_settings": program.format_settings,
    }


def _give_settings(program: Program, kept: dict[str, Any], later: Later) -> None:
    for name in PLAIN:
        if name in kept:
            setattr(program, name, kept[name])
    for name in LENGTHS:
        if name in kept:
            setattr(program, name, timedelta(seconds=kept[name]) if kept[name] is not None else None)
    for name in DAYS:
        setattr(program, name, later(_day(kept.get(name))))
    settings = dict(kept.get("format_settings") or {})
    for name, setting in program.kind.settings.items():
        if setting.kind == "moment" and settings.get(name):
            settings[name] = _moved(datetime.fromisoformat(settings[name]), later, program)
    program.format_settings = {name: value for name, value in settings.items() if value is not None}
    program.save()


def _moved(at: datetime, later: Later, program: Program) -> str | None:
    """The same hour of the day in the organisation's zone."""
    local = at.astimezone(program.organisation.zone)
    day = later(local.date())
    if day is None:
        return None
    moved = datetime.combine(day, local.timetz())
    return datetime.fromtimestamp(moved.timestamp(), at.tzinfo).isoformat()


_QUESTION = (
    "text", "help_text", "kind", "options", "audience", "required", "visible_to", "shown_if_values",
)  # fmt: skip


def _take_questions(program: Program) -> dict[str, Any]:
    asked = list(Question.objects.filter(program=program, retired_at__isnull=True))
    return {
        "asked": [
            {"id": each.pk, "shown_if": each.shown_if_id, **{name: getattr(each, name) for name in _QUESTION}}
            for each in asked
        ],
        "criteria": program.criteria,
    }


def _give_questions(program: Program, kept: dict[str, Any], later: Later) -> None:
    """The questions, and what counts: it refers to them."""
    new: dict[int, Question] = {}
    for position, each in enumerate(kept["asked"]):
        values = {name: each[name] for name in _QUESTION if name in each}
        new[each["id"]] = Question.objects.create(program=program, position=position, **values)
    for each in kept["asked"]:
        if each.get("shown_if") in new:
            question = new[each["id"]]
            question.shown_if = new[each["shown_if"]]
            question.save(update_fields=["shown_if"])
    criteria = dict(kept["criteria"])
    criteria["questions"] = [
        {**each, "question": new[each["question"]].pk}
        for each in criteria.get("questions") or []
        if each["question"] in new
    ]
    program.criteria = criteria
    program.save(update_fields=["criteria"])


def _take_objectives(program: Program) -> list[dict[str, Any]]:
    return [
        {
            "text": each.text,
            "measure": each.measure,
            "own_measure": each.own_measure,
            "target": str(each.target) if each.target is not None else None,
        }
        for each in Objective.objects.filter(program=program)
    ]


def _give_objectives(program: Program, kept: list[dict[str, Any]], later: Later) -> None:
    Objective.objects.bulk_create(
        Objective(program=program, position=position, **each) for position, each in enumerate(kept)
    )


def _take_stages(program: Program) -> list[dict[str, Any]]:
    return [
        {"key": each.key, "name": each.name, "starts_on": _iso(each.starts_on), "by_itself": each.by_itself}
        for each in Stage.objects.filter(program=program)
    ]


def _give_stages(program: Program, kept: list[dict[str, Any]], later: Later) -> None:
    Stage.objects.filter(program=program).delete()
    Stage.objects.bulk_create(
        Stage(program=program, position=position, **{**each, "starts_on": later(_day(each["starts_on"]))})
        for position, each in enumerate(kept)
    )


_RESOURCE = (
    "title", "kind", "summary", "url", "body", "minutes", "role", "is_guide", "required", "file_id",
)  # fmt: skip


def _take_resources(program: Program) -> list[dict[str, Any]]:
    there = Resource.objects.filter(program=program, removed_at__isnull=True).annotate(stage_key=F("stage__key"))
    return [{**{name: getattr(each, name) for name in _RESOURCE}, "stage": each.stage_key} for each in there]


def _give_resources(program: Program, kept: list[dict[str, Any]], later: Later) -> None:
    stages = {stage.key: stage for stage in Stage.objects.filter(program=program)}
    wanted = [each["file_id"] for each in kept if each["file_id"]]
    files = set(StoredFile.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    Resource.objects.bulk_create(
        Resource(
            program=program, position=position, stage=stages.get(each["stage"]),
            **{name: each[name] for name in _RESOURCE},
        )
        for position, each in enumerate(kept)
        # A file that is gone meanwhile takes its resource along.
        if not each["file_id"] or each["file_id"] in files
    )  # fmt: skip


register_keeper("settings", take=_take_settings, give=_give_settings)
register_keeper("questions", take=_take_questions, give=_give_questions)
register_keeper("objectives", take=_take_objectives, give=_give_objectives)
register_keeper("stages", take=_take_stages, give=_give_stages)
register_keeper("resources", take=_take_resources, give=_give_resources)
