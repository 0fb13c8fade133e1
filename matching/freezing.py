"""Packs dataclasses of arrays into bytes and back, for workers that score one snapshot of a programme; never by pickle.

Arrays go into one npz archive, everything else beside them as JSON, in which whatever JSON would lose is marked.
"""

from __future__ import annotations

import io
import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Only what is defined below this package is made again.
_OURS = "matching."
_MARK = "·"
_TREE = "tree"


def freeze(thing: Any) -> bytes:
    """Numbers, texts, dates, arrays (of objects: one row of them), and lists, tuples, sets, mappings and dataclasses of matching made of them.

    Raises TypeError for anything else.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = json.dumps(_packed(thing, arrays), separators=(",", ":"))
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **{_TREE: np.frombuffer(tree.encode(), dtype=np.uint8)}, **arrays)
    return out.getvalue()


def thaw(frozen: bytes) -> Any:
    """What was frozen. Raises ValueError for anything that isn't matching's own."""
    with np.load(io.BytesIO(frozen), allow_pickle=False) as archive:
        tree = json.loads(archive[_TREE].tobytes())
        return _unpacked(tree, archive)


def _packed(thing: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    match thing:
        case None | bool() | int() | float() | str() if type(thing) in (type(None), bool, int, float, str):
            return thing
        case np.ndarray():
            if thing.dtype.hasobject:
                # One object for each person.
                return {_MARK: "objects", "of": [_packed(each, arrays) for each in thing]}
            name = f"a{len(arrays)}"
            arrays[name] = thing
            return {_MARK: "array", "of": name}
        case np.generic():
            return _packed(thing.item(), arrays)
        case datetime():
            return {_MARK: "datetime", "of": thing.isoformat()}
        case date():
            return {_MARK: "date", "of": thing.isoformat()}
        case list():
            return [_packed(each, arrays) for each in thing]
        case tuple():
            return {_MARK: "tuple", "of": [_packed(each, arrays) for each in thing]}
        case set() | frozenset():
            return {_MARK: type(thing).__name__, "of": [_packed(each, arrays) for each in sorted(thing)]}
        case dict():
            if all(type(key) is str for key in thing) and _MARK not in thing:
                return {key: _packed(value, arrays) for key, value in thing.items()}
            return {_MARK: "dict", "of": [[_packed(key, arrays), _packed(thing[key], arrays)] for key in thing]}
    kind = type(thing)
    if is_dataclass(thing) and kind.__module__.startswith(_OURS):
        values = {field.name: _packed(getattr(thing, field.name), arrays) for field in fields(thing) if field.init}
        return {_MARK: "dataclass", "kind": f"{kind.__module__}:{kind.__qualname__}", "of": values}
    raise TypeError(f"A {kind.__name__} can't be frozen.")


def _unpacked(tree: Any, arrays: Any) -> Any:
    if isinstance(tree, list):
        return [_unpacked(each, arrays) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if _MARK not in tree:
        return {key: _unpacked(value, arrays) for key, value in tree.items()}
    of = tree["of"]
    match tree[_MARK]:
        case "array":
            return arrays[of]
        case "objects":
            objects = np.empty(len(of), dtype=np.object_)
            objects[:] = [_unpacked(each, arrays) for each in of]
            return objects
        case "datetime":
            return datetime.fromisoformat(of)
        case "date":
            return date.fromisoformat(of)
        case "tuple":
            return tuple(_unpacked(each, arrays) for each in of)
        case "set":
            return {_unpacked(each, arrays) for each in of}
        case "frozenset":
            return frozenset(_unpacked(each, arrays) for each in of)
        case "dict":
            return {_unpacked(key, arrays): _unpacked(value, arrays) for key, value in of}
        case "dataclass":
            return _kind(tree["kind"])(**{name: _unpacked(value, arrays) for name, value in of.items()})
    raise ValueError("This was not frozen here.")


def _kind(path: str) -> Any:
    module, _colon, name = path.partition(":")
    kind = getattr(import_module(module), name, None) if module.startswith(_OURS) else None
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise ValueError(f"{path} is nothing of matching's.")
    return kind
