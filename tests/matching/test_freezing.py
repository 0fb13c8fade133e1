"""What is frozen thaws as it was, and nothing else does."""

import io
from datetime import UTC, date, datetime

import numpy as np
import pytest

from matching.freezing import freeze, thaw
from matching.scoring import Candidates, People, Rules


def test_people_come_back_to_the_last_bit():
    people = People.of([3, 9], person_ids=[1, 2], skills=[[0.1, 0], [2, 1]], level=[None, 4], languages=[[1], [0]])
    back = thaw(freeze(people))
    assert type(back) is People
    for name in ("ids", "person_ids", "skills", "level", "department", "site", "languages", "utc_offset", "free"):
        one, other = getattr(people, name), getattr(back, name)
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    "thing",
    [
        None,
        True,
        7,
        0.1,
        "Zoë",
        [1, (2, 3), [None]],
        {1: 2, 3: [4]},
        {"a": {"b": (1, 2)}},
        {"·": "array", "of": "a0"},
        {(1, 2), (3, 4)},
        frozenset({5}),
        date(2026, 11, 22),
        datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
        Rules(min_level_gap=1),
        [],
        {},
    ],
)
def test_whatever_json_would_lose_is_kept(thing):
    back = thaw(freeze(thing))
    assert back == thing
    assert type(back) is type(thing)


def test_arrays_inside_of_things():
    back = thaw(freeze({"top": Candidates(np.array([1]), np.array([2]), np.array([0.5], dtype=np.float32))}))
    assert back["top"].scores.tolist() == [0.5]


def test_arrays_of_sets():
    goals = np.empty(2, dtype=np.object_)
    goals[:] = [frozenset({"lead", "team"}), frozenset()]
    back = thaw(freeze(goals))
    assert (back.dtype, back.tolist()) == (goals.dtype, goals.tolist())


@pytest.mark.parametrize("thing", [object(), 1j, np.array([object()]), print])
def test_what_is_not_ours_is_refused(thing):
    with pytest.raises(TypeError):
        freeze(thing)


@pytest.mark.parametrize("path", ["os:system", "matching.freezing:freeze", "matching.models:MatchRun", "matching.x:y"])
def test_no_other_class_is_made(path):
    frozen = freeze(Rules())
    arrays = dict(np.load(io.BytesIO(frozen)))
    tree = arrays["tree"].tobytes().replace(b"matching.scoring.rules:Rules", path.encode())
    out = io.BytesIO()
    np.savez(out, tree=np.frombuffer(tree, dtype=np.uint8))
    with pytest.raises((ValueError, ModuleNotFoundError)):
        thaw(out.getvalue())
