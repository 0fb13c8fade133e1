"""A short form of the five traits by which people work: ten statements, two to a trait. Neither Django nor a database.

The five-factor model with one statement for each end of a trait, as short forms have it (Rammstedt and John 2007); the
statements are our own, in the manner of the public-domain International Personality Item Pool.
"""

from __future__ import annotations

from collections.abc import Sequence

# Trait, and whether agreeing speaks against it; in the order in which the statements are shown.
ITEMS: tuple[tuple[str, bool], ...] = (
    ("extraversion", False),
    ("agreeableness", True),
    ("conscientiousness", False),
    ("stability", True),
    ("openness", False),
    ("extraversion", True),
    ("agreeableness", False),
    ("conscientiousness", True),
    ("stability", False),
    ("openness", True),
)
# The order in which the five numbers are kept; see Enrolment.working_style.
TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "stability")


def style_of(answers: Sequence[int]) -> list[float]:
    """The five traits, each from 1 to 5: the mean of its two answers, the one that speaks against it turned round."""
    return [
        sum(
            6 - answer if against else answer
            for (of, against), answer in zip(ITEMS, answers, strict=True)
            if of == trait
        )
        / 2
        for trait in TRAITS
    ]
