"""What the headings of HR systems mean, in English and German."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Literal

# What a row of a file stands for.
Holds = Literal["people", "job_changes"]
HOLDS: dict[Holds, str] = {"people": "a person", "job_changes": "a promotion or move"}

# The fields that an import can fill or use, in the words of the pages.
LABELS: dict[str, str] = {
    "employee_number": "employee number",
    "name": "full name",
    "given_name": "given name",
    "family_name": "family name",
    "email": "e-mail address",
    "hired_on": "start date",
    "left_on": "end date",
    "leave_reason": "reason for leaving",
    "department": "department",
    "job_title": "job title",
    "level": "level",
    "site": "site",
    "time_zone": "time zone",
    "manager_number": "manager (number or e-mail)",
    "manager_name": "manager (name)",
    "status": "employment status (checked, not kept)",
    "weekly_hours": "weekly hours (not kept)",
    "absence_days": "days absent (in twelve months)",
}
# The fields of a change of somebody's job.
CHANGE_LABELS: dict[str, str] = {
    "employee_number": "employee number",
    "email": "e-mail address",
    "effective_on": "date of the change",
    "change": "kind of change",
    "department_after": "department after it",
}
LABELS_OF: dict[Holds, dict[str, str]] = {"people": LABELS, "job_changes": CHANGE_LABELS}

_SYNONYMS: dict[str, str] = {
    "employee_number": """employee number|employee id|employee no|employee nr|emp id|emp no|emp number|eid|staff number|
        staff id|staff no|personnel number|personnel no|personnel id|payroll number|payroll id|person number|person id|
        worker id|associate id|user id|id|number|pernr|personalnummer|personal nr|personalnr|pers nr|persnr|
        mitarbeiternummer|mitarbeiter nr|mitarbeiternr|mitarbeiter id|mitarbeitende nr|stammnummer|ma nr|ma nummer""",
    "name": """name|full name|employee name|employee|display name|worker|person|legal name|preferred full name|
        last name first name|surname given name|family name given name|vollstandiger name|vollname|mitarbeiter|
        mitarbeiterin|mitarbeiter in|mitarbeitername|nachname vorname|name vorname|vorname nachname|vor und nachname|anzeigename""",
    "given_name": """given name|given names|first name|firstname|forename|forenames|preferred name|preferred first name|
        legal first name|vorname|vornamen|rufname""",
    "family_name": """family name|surname|last name|lastname|second name|legal last name|nachname|familienname|zuname""",
    "email": """e mail|email|mail|e mail address|email address|mail address|work email|work e mail|work email address|
        business email|business e mail|company email|office email|primary email|primary work email|corporate email|
        e mail geschaftlich|email geschaftlich|geschaftliche e mail|geschaftliche email|dienstliche e mail|
        e mail dienstlich|e mail adresse|email adresse|mailadresse|emailadresse|firmen e mail|e mail arbeit""",
    "hired_on": """hire date|hired on|hired|date hired|date of hire|start date|started on|date started|employment start|
        employment start date|joining date|date of joining|join date|joined|joined on|entry date|latest hire date|
        company start date|commencement date|original hire date|eintrittsdatum|eintritt|eintritt am|eintrittstag|
        einstellungsdatum|eingestellt am|beschaftigt seit|beginn|startdatum|erster arbeitstag|vertragsbeginn""",
    "left_on": """termination date|end date|leave date|leaving date|left on|left|date left|last day|last working day|
        last day of work|employment end|employment end date|exit date|separation date|terminated on|contract end date|
        austrittsdatum|austritt|austritt am|austrittstag|ausgeschieden am|beschaftigt bis|ende|enddatum|
        letzter arbeitstag|vertragsende|kundigungsdatum""",
    "leave_reason": """termination reason|reason for leaving|leaving reason|leave reason|reason for termination|
        exit reason|separation reason|termination type|reason left|austrittsgrund|grund des austritts|kundigungsgrund|
        grund fur austritt""",
    "department": """department|dept|department name|dept name|division|team|business unit|org unit|
        organisational unit|organizational unit|organisation unit|supervisory organization|function|cost centre name|
        abteilung|abteilungsname|bereich|fachbereich|organisationseinheit|org einheit|referat""",
    "job_title": """job title|title|position|position title|job|role|job role|business title|job profile|job name|
        occupation|designation|stellenbezeichnung|stelle|berufsbezeichnung|jobtitel|tatigkeit|taetigkeit|funktion|
        funktionsbezeichnung|positionsbezeichnung""",
    "level": """level|grade|job level|job grade|pay grade|management level|seniority|band|career level|salary grade|
        stufe|ebene|karrierestufe|hierarchieebene|gehaltsstufe|entgeltgruppe|besoldungsgruppe|tarifgruppe""",
    "site": """site|location|office|office location|work location|workplace|location name|city|branch|work site|base|
        standort|arbeitsort|dienstort|buro|ort|niederlassung|betriebsstatte|dienstsitz""",
    "time_zone": """time zone|timezone|tz|zone|zeitzone""",
    "manager_number": """manager id|manager number|manager no|manager employee id|manager employee number|
        managers employee id|manager s employee id|supervisor id|supervisor eid|supervisor number|supervisor employee id|
        line manager id|line manager number|reports to id|reporting to id|manager email|manager e mail|supervisor email|
        line manager email|manager s email|vorgesetzte r personalnummer|vorgesetzter personalnummer|
        vorgesetzte personalnummer|personalnummer vorgesetzte r|personalnummer des vorgesetzten|
        personalnummer vorgesetzter|vorgesetztennummer|vorgesetzten nr|fuhrungskraft personalnummer|fuhrungskraft id|
        fuhrungskraft nr|personalnummer fuhrungskraft|manager personalnummer|e mail vorgesetzte r|fuhrungskraft e mail""",
    "manager_name": """manager|manager name|managers name|line manager|line manager name|supervisor|supervisor name|
        reports to|reporting to|reporting manager|direct manager|boss|team lead|vorgesetzte r|vorgesetzter|vorgesetzte|
        name des vorgesetzten|fuhrungskraft|name der fuhrungskraft|teamleitung|disziplinarische fuhrungskraft""",
    "status": """status|employment status|employee status|active|active status|worker status|
        beschaftigungsstatus|mitarbeiterstatus|aktiv""",
    "weekly_hours": """weekly hours|hours per week|scheduled weekly hours|contracted hours|working hours|hours|
        wochenstunden|stunden pro woche|arbeitszeit|wochentliche arbeitszeit|wochenarbeitszeit""",
    "absence_days": """absence days|days absent|absences|sick days|sickness days|days absent 12 months|
        days absent last 12 months|absence days 12 months|sick days 12 months|fehltage|krankheitstage|abwesenheitstage|
        fehltage 12 monate|krankheitstage 12 monate|fehltage letzte 12 monate""",
}
_CHANGE_SYNONYMS: dict[str, str] = {
    "employee_number": _SYNONYMS["employee_number"],
    "email": _SYNONYMS["email"],
    "effective_on": """effective date|effective on|effective|effective from|date effective|date of change|change date|
        changed on|date|valid from|event date|promotion date|promotion effective date|transfer date|datum|gultig ab|
        gultig seit|wirksam ab|wirksam zum|anderungsdatum|datum der anderung|stichtag""",
    "change": """change|change type|type of change|kind of change|job change|job change type|job change reason|event|
        event type|action|action reason|type|reason for change|movement|movement type|anderung|art der anderung|
        anderungsart|massnahme|massnahmenart|ereignis|personalmassnahme""",
    "department_after": """department after|department|dept|new department|department new|to department|
        department after change|new dept|new team|to team|department name|new department name|neue abteilung|
        abteilung neu|abteilung|abteilung nachher|abteilung danach""",
}


def plain(heading: str) -> str:
    """A heading without case, accents and punctuation: “E-Mail (geschäftlich)” is “e mail geschaftlich”."""
    text = unicodedata.normalize("NFKD", heading.replace("#", " number ").casefold())
    return " ".join(re.sub(r"[\W_]+", " ", "".join(c for c in text if not unicodedata.combining(c))).split())


def _by_heading(synonyms: dict[str, str]) -> dict[str, str]:
    return {plain(word): field for field, words in synonyms.items() for word in words.split("|")}


_BY_HEADING = _by_heading(_SYNONYMS)
_BY_CHANGE_HEADING = _by_heading(_CHANGE_SYNONYMS)

# Headings that hold one of the words above and mean something else.
_OTHER = re.compile(
    r"\b(birth|birthday|born|geburt\w*|gender|sex|geschlecht|salary|gehalt|bank|iban|phone|telefon|mobile|private|privat\w*|"
    r"personal (?:e )?mail|home|address line|street|code|kurzel|schlussel|review|probation|probezeit|effective|"
    r"cost cent(?:er|re)|kostenstelle|company|firma|country|land|visa|emergency|notfall\w*)\b"
)
_MANAGER = re.compile(r"\b(manager\w*|supervisor\w*|vorgesetzt\w*|fuhrungskraft\w*|reports to|reporting to)\b")
_NUMBER = re.compile(r"\b(id|eid|no|nr|number|nummer|personalnummer|mail|email)\b")
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:e mail|email|mail)\b"), "email"),
    (re.compile(r"\b(?:hire|hired|joining|eintritt\w*)\b"), "hired_on"),
    (re.compile(r"\b(?:termination|leaving|austritt\w*)\b.*\b(?:reason|grund)\b"), "leave_reason"),
    (re.compile(r"\b(?:termination|leaving|austritt\w*)\b"), "left_on"),
    (re.compile(r"\b(?:employee|staff|personnel|mitarbeiter\w*) (?:id|no|nr|number|nummer)\b"), "employee_number"),
    (re.compile(r"\b(?:first|given) name\b|\bvorname\b"), "given_name"),
    (re.compile(r"\b(?:last|family) name\b|\bsurname\b|\bnachname\b"), "family_name"),
    (re.compile(r"\b(?:department|abteilung)\b"), "department"),
    (re.compile(r"\b(?:job title|stellenbezeichnung)\b"), "job_title"),
    (re.compile(r"\b(?:location|standort)\b"), "site"),
    (re.compile(r"\b(?:time ?zone|zeitzone)\b"), "time_zone"),
    (re.compile(r"\b(?:grade|job level)\b"), "level"),
)


def field_of(heading: str) -> tuple[str | None, float]:
    """The field that a heading names, and how sure that is: 1 for a known heading, less for a likeness."""
    whole = plain(heading)
    if not whole:
        return None, 0.0
    if whole in _BY_HEADING:
        return _BY_HEADING[whole], 0.9 if whole in ("original hire date", "id", "number", "title") else 1.0
    if _OTHER.search(whole):
        return None, 0.0
    without_brackets = plain(re.sub(r"[(\[].*?[)\]]", " ", heading))
    if _MANAGER.search(whole) and without_brackets != whole:
        return ("manager_number" if _NUMBER.search(whole) else "manager_name"), 0.8
    if without_brackets in _BY_HEADING:
        return _BY_HEADING[without_brackets], 0.9
    if _MANAGER.search(whole) and len(whole.split()) <= 5:
        return ("manager_number" if _NUMBER.search(whole) else "manager_name"), 0.7
    for pattern, field in _HINTS:
        if pattern.search(whole) and len(whole.split()) <= 6:
            return field, 0.7
    if len(whole) > 5 and (close := difflib.get_close_matches(whole, _BY_HEADING, n=1, cutoff=0.88)):
        return _BY_HEADING[close[0]], 0.6
    return None, 0.0


def change_field_of(heading: str) -> tuple[str | None, float]:
    """The field of a job change that a heading names, and how sure that is."""
    for whole, confidence in ((plain(heading), 1.0), (plain(re.sub(r"[(\[].*?[)\]]", " ", heading)), 0.9)):
        if field := _BY_CHANGE_HEADING.get(whole):
            return field, 0.9 if whole in ("id", "number", "date", "datum", "type", "action", "event") else confidence
    return None, 0.0


def what_rows_stand_for(headings: list[str]) -> Holds:
    """A change of somebody's job where the headings name its day and its kind, and no day of hire; else a person."""
    of_change = {change_field_of(heading)[0] for heading in headings}
    of_person = {field_of(heading)[0] for heading in headings}
    return "job_changes" if {"effective_on", "change"} <= of_change and "hired_on" not in of_person else "people"
