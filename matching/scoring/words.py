"""Texts as sets of word stems, so that whole words are compared and never parts of them: "AI" is not in "retail"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import snowballstemmer

# A word keeps the signs that make another one of it: C, C++ and C# are three languages.
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?(?:\+\+|#)?")
# Where the rest isn't in capitals too, IT and US are not "it" and "us".
_ABBREVIATION = re.compile(r"[A-ZÀ-ÖØ-Þ]{2,4}")
_LANGUAGES = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian", "nl": "dutch",
    "pt": "portuguese", "sv": "swedish", "da": "danish", "no": "norwegian", "fi": "finnish",
}  # fmt: skip
# Words that say nothing of what a text is about, and those that everybody writes about a goal.
_STOP_WORDS = {
    "en": """a about above after again all also am an and any are aren't as at be because been before being between both
        but by can can't could did do does doing don't down during each few for from further get getting give good had
        has have having he help her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its just know
        learn learning like make many me more most much my myself need no nor not of off on once one only or other our
        out over own really same she should so some something such than that the their them then there these they thing
        things this those through to too under until up us very want was way we well were what when where which while
        who why will with within without work working would you your""",
    "de": """aber als am an auch auf aus bei bin bis da dann das dass dem den der des die dies diese dieser doch dort
        durch ein eine einem einen einer eines er es für gut habe haben hat ich ihr im in ins ist ja kann kein keine
        können lernen man mehr mein meine meinem meinen meiner mich mir mit möchte nach nicht noch nur ob oder ohne sehr
        sein sich sie sind so über um und uns unser unter vom von vor war was wenn wer werde werden wie will wir wird wo
        zu zum zur""",
    "fr": """à ai apprendre au aussi aux avec avoir bien ce ces cette comme dans de des du elle en es est et être eux
        faire il ils j'ai je la le les leur lui ma mais me mes moi mon même ne nos notre nous on ou où par pas plus pour
        qu que qui sa sans se ses si son sont sur ta te tes toi ton tu un une veux vos votre vous y""",
    "es": """a al aprender así como con cual de del desde donde e el ella en entre era es esta este está ha hacer hasta
        la las le lo los mas más me mejor mi mis mucho muy no nos o para pero por porque que qué quiero se ser si sin
        sobre son su sus también tengo un una uno y ya yo""",
}  # fmt: skip
_lock = Lock()


def stems(text: str, *, language: str = "en") -> dict[str, str]:
    """The stem of each word that says something → the word as it was first written, in the order of the text.

    `language` is its two-letter code; of one that is not known, whole words are compared.
    """
    return dict(_stems(text, language))


@lru_cache(maxsize=20_000)
def _stems(text: str, language: str) -> tuple[tuple[str, str], ...]:
    # Names of skills and interests come again and again.
    found: dict[str, str] = {}
    words = _WORD.findall(unicodedata.normalize("NFKC", text))
    is_shouted = len(words) > 2 and text.isupper()
    for word in words:
        stem, shown = _word(word, language, is_name=not is_shouted and _ABBREVIATION.fullmatch(word) is not None)
        if stem and stem not in found:
            found[stem] = shown
    return tuple(found.items())


@lru_cache(maxsize=100_000)
def _word(word: str, language: str, *, is_name: bool) -> tuple[str, str]:
    """The stem of a word, empty if it says nothing, and how to show it."""
    plain = word.replace("’", "'")
    lower = plain.casefold()
    if not is_name and lower in _stop_words(language):
        return "", ""
    return _stem(lower, language), plain.removesuffix("'s")


def key_of(text: str, *, language: str = "en") -> str:
    """What a short answer is known by: its stems in alphabetical order, or itself where it has none."""
    return " ".join(sorted(stems(text, language=language))) or text.strip().casefold()


def all_stems(texts: Iterable[str], *, language: str = "en") -> dict[str, str]:
    """The stems of several texts; see `stems`."""
    found: dict[str, str] = {}
    for text in texts:
        for stem, word in _stems(text, language):
            found.setdefault(stem, word)
    return found


@cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(_STOP_WORDS.get(language, "").split())


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_LANGUAGES[language])


def _stem(word: str, language: str) -> str:
    if language in _LANGUAGES and word.replace("'", "").isalpha():
        # A stemmer keeps the word it works on in itself.
        with _lock:
            word = _stemmer(language).stemWord(word)
    letters = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
