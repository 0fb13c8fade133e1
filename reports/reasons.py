"""Why people left, in the words of the people data: by choice, not by choice, or neither."""

from __future__ import annotations

import re

from .survival import INVOLUNTARY, OTHER, VOLUNTARY

# Asked in this order, by the beginnings of words: what is negated before what is said outright, and both before words
# that only suggest it. English and German.
WORDS = (
    (INVOLUNTARY, (
        r"(?:not|non|nicht) (?:\w+ )?(?:vol\b|voluntar|freiwillig)", "nonvol", "invol", "in voluntar", "unfreiwillig",
        # Even where somebody volunteered for it, the place was to go.
        "(?:voluntary )?(?:redundan|severance)", "forced", "asked to (?:leave|resign)",
        "in lieu of (?:terminat|dismiss|redundan)", r"wurde (?:\w+ )?gekündigt", "gekündigt worden",
    )),
    (OTHER, ("mutual", "einvernehmlich", "aufhebungsvertrag", r"(?:voluntary |early |vol )?retire")),
    (VOLUNTARY, (
        r"vol\b", "voluntar", "freiwillig", "resign", r"quit(?:s|ting)?\b", r"by (?:the )?(?:employee|worker)\b",
        r"employee(?:'?s)? (?:initiated|choice|decision|request|wish|resign|notice|left)", "eigen(?:e )?kündigung",
        "(?:arbeitnehmer|mitarbeiter)(?:in|seitige?)? ?kündigung", "(?:hat|selbst) gekündigt",
        r"kündigung (?:(?:durch|seitens|von|vom|des|der|den|die) )*(?:arbeitnehmer|mitarbeiter|beschäftigte|an\b)",
    )),
    (INVOLUNTARY, (
        "dismiss", "laid off", "lay ?off", "fired", "(?:mis)?conduct", "(?:under)?performance", "sacked", "let go",
        "discharg", "reduction in force", "restructur", "(?:job|position|role|post) (?:eliminat|closed|abolish)",
        r"by (?:the )?(?:employer|company)\b", r"(?:failed|did not pass) (?:\w+ )?probation", "entlass",
        "(?:betriebs|verhaltens|personen)bedingt", "fristlos", "(?:personal|stellen)abbau", "arbeitgeber(?:seitig|künd)",
        "kündigung (?:(?:durch|seitens|von|vom|des|der|den|die|das) )*(?:arbeitgeber|firma|unternehmen)",
    )),
    (OTHER, (
        "retir", "pension", "death", "died", "deceased", "passed away", r"end of (?:\w+ )?contract", "contract end",
        "expir", "fixed term", "temporary", "end of (?:assignment|project|internship|apprenticeship)", "transfer",
        "second(?:ed|ment)", "ill health", "health", "medical", "disab", "visa", "work permit", "rente", "ruhestand",
        "verstorben", r"tod(?:esfall)?\b", "befrist", "fristablauf", "vertragsende", "ende der befristung",
        "krankheit", "gesundheit", "versetz", "sonstige", r"other\b(?! (?:job|offer|employ|opportunit))",
    )),
    (INVOLUNTARY, ("terminat",)),
    (VOLUNTARY, (
        "(?:gave notice|notice given)", "own (?:wish|request|choice|accord|initiative)", "left (?:for|to)", "personal",
        "(?:new|another|other|different|external) (?:job|position|role|opportunit|employ|offer|company|challenge)",
        "better", "job (?:offer|change)", "chang(?:e|ed|ing) (?:of )?(?:job|employ|career)", "career", "competitor",
        "head ?hunted", "relocat", "mov(?:e|ed|ing) (?:away|abroad|house|home|city)", "emigrat", "famil", "childcare",
        "caring", "marriage", "spouse", "partner", r"stud(?:y|ies)\b", "education", "university", "travel", "commut",
        "work life", "salary", r"pay\b", "dissatisf", "unhappy", "burnout", "self employ", "freelanc", "own business",
        "neue[rns]? (?:job|stelle|arbeit|position|aufgabe|herausforderung)", "bessere", "wechsel zu", "umzug",
        "umgezogen", "(?:job|stellen|arbeitgeber)wechsel", "persönliche", "eigene[rmn]? wunsch", "weiterbildung",
        "studium", "selbst?ständig", "gehalt", "karriere", "unzufrieden", "kinderbetreuung",
    )),
)  # fmt: skip
PATTERNS = tuple((kind, re.compile(r"\b(?:" + "|".join(parts) + ")")) for kind, parts in WORDS)
SAYS_NOTHING = {
    "", "n a", "na", "k a", "none", "not known", "unknown", "not given", "not recorded", "not stated", "unspecified",
    "unbekannt", "keine angabe", "nicht bekannt",
}  # fmt: skip


def kind_of(reason: str) -> int:
    """Whether somebody chose to leave, had to, or neither, by the words of the people data; 0 when it doesn't say."""
    if _plain(reason) in SAYS_NOTHING:
        return 0
    return read_kind(reason) or OTHER


def read_kind(reason: str) -> int | None:
    """The kind that the words name; None where they name none, or there are none."""
    words = _plain(reason)
    return next((kind for kind, pattern in PATTERNS if pattern.search(words)), None)


def _plain(reason: str) -> str:
    """In small letters, with nothing but a space between words."""
    return re.sub(r"[^\w']+|_+", " ", reason.replace("’", "'").casefold()).strip()
