import pytest

from matching.scoring import key_of, stems


def test_words_are_compared_whole():
    assert "ai" not in stems("Retail, maintenance and email")
    assert stems("AI in retail") == {"ai": "AI", "retail": "retail"}


def test_inflected_words_are_one_and_what_was_written_is_kept():
    assert stems("Budgets and my manager’s budgeting") == {"budget": "Budgets", "manag": "manager"}


def test_words_that_everybody_writes_say_nothing():
    assert stems("I would like to learn more about how to get better") == {"better": "better"}


def test_abbreviations_are_no_little_words():
    assert stems("Move into IT") == {"move": "Move", "it": "IT"}
    assert stems("IT") == {"it": "IT"}
    assert "it" not in stems("I need it")
    # Where all is in capitals, none of it is an abbreviation.
    assert stems("MOVE INTO IT") == {"move": "MOVE"}


def test_names_of_languages_keep_their_signs():
    assert list(stems("C, C++, C# and R&D")) == ["c", "c++", "c#", "r", "d"]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "Ich möchte Teams führen und Führung lernen", ["team", "fuhr", "fuhrung"]),
        ("fr", "Apprendre à diriger une équipe", ["dirig", "equip"]),
        ("es", "Quiero aprender a dirigir equipos", ["dirig", "equip"]),
        ("xx", "Leading teams", ["leading", "teams"]),
    ],
)
def test_each_language_has_its_own_stems(language, text, expected):
    assert list(stems(text, language=language)) == expected


def test_short_answers_are_known_by_their_stems_in_any_order():
    assert key_of("Road cycling") == key_of("cycling, road") == "cycl road"
    assert key_of("The It") == "the it"
    assert key_of("  ") == ""
