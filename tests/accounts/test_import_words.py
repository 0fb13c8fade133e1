"""The sentences of an import are set as the rest of the product is: with ’ and not with the typewriter's '."""

import ast
import re
from pathlib import Path

from accounts import importing

STRAIGHT = re.compile(r"[a-z]'(?:t|s|re|ve|ll)\b")


def test_no_sentence_has_a_straight_apostrophe():
    found = []
    files = sorted(Path(importing.__file__).parent.glob("*.py"))
    assert len(files) > 10
    for file in files:
        tree = ast.parse(file.read_text())
        docstrings = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
        found += [
            f"{file.name}: {each.value}"
            for each in ast.walk(tree)
            if isinstance(each, ast.Constant)
            and isinstance(each.value, str)
            and id(each) not in docstrings
            and STRAIGHT.search(each.value)
        ]
    assert found == []
