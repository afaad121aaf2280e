"""What is wrong with the data, by place, until lines are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from supplychain_risk.dataset.reading import Path
from supplychain_risk.errors import Problem, nearest_names

MAX_SHOWN = 80


class Finding(NamedTuple):
    """One thing wrong.

    Attributes
    ----------
    file : where.
    path : keys from the top of the file to the field.
    found, expected : what stands there and what should.
    nearest : known names close to what was found.
    """

    file: str
    path: Path
    found: str
    expected: str
    nearest: tuple[str, ...] = ()

    def located(self, lines: Mapping[Path, int]) -> Problem:
        """The finding as a problem, with the line of its field or of the nearest record around it."""
        around = (self.path[:length] for length in range(len(self.path), 0, -1))
        line = next((lines[path] for path in around if path in lines), 0)
        *record, field = [str(part) for part in self.path] or [""]
        return Problem(self.file, ".".join(record), field, self.found, self.expected, self.nearest, line)


def shown(value: object) -> str:
    """A value as messages show it, short."""
    if isinstance(value, Mapping):
        return f"a record with {', '.join(map(str, list(value)[:4])) or 'nothing'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def findings_of(file: str, model: type[BaseModel], error: ValidationError) -> Iterator[Finding]:
    """What the schema has against a file, in our own words."""
    details = error.errors(include_url=False)
    unread = {detail["loc"][:-1] for detail in details if detail["loc"][-1:] == ("from",)}
    for detail in details:
        if detail["type"] == "without_origin" and detail["loc"][:-1] in unread:
            continue  # follows from the `from` that could not be read
        path = tuple(part for part in detail["loc"] if part != "[key]")
        yield _finding(file, path, detail["type"], detail, model)


def _finding(file: str, path: Path, kind: str, detail: Any, model: type[BaseModel]) -> Finding:
    field = str(path[-1]) if path else ""
    found = shown(detail["input"])
    if kind == "missing":
        return Finding(file, path, "nothing", f"a value for '{field}'")
    if kind == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        return Finding(file, path, f"the field '{field}'", f"one of {', '.join(known)}", nearest_names(field, known))
    if kind == "literal_error":
        allowed = detail["ctx"]["expected"].replace("'", "")
        nearest = nearest_names(str(detail["input"]), allowed.replace(" or ", ", ").split(", "))
        return Finding(file, path, found, f"one of {allowed.replace(' or ', ', ')}", nearest)
    if kind in {"unreadable", "without_origin"}:
        return Finding(file, path, found, detail["ctx"]["expected"])
    if kind in {"model_type", "dict_type"}:
        return Finding(file, path, found, "a record")
    return Finding(file, path, found, _lower(detail["msg"]))


def _lower(message: str) -> str:
    message = message.removeprefix("Input should ").removeprefix("be ").removeprefix("have ")
    return message[0].lower() + message[1:]


def _fields_at(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """Names of the fields of the record at `path`, as written in the files."""
    place: Any = model
    for part in path:
        if isinstance(place, type) and issubclass(place, BaseModel):
            names = {info.alias or name: info for name, info in place.model_fields.items()}
            place = names[str(part)].annotation if str(part) in names else None
        else:
            place = get_args(place)[-1]
        place = _record_in(place)
    if not (isinstance(place, type) and issubclass(place, BaseModel)):
        return []
    return [info.alias or name for name, info in place.model_fields.items()]


def _record_in(annotation: Any) -> Any:
    """The record or mapping in an optional annotation."""
    parts = [part for part in get_args(annotation) if part is not type(None)]
    is_optional = type(None) in get_args(annotation)
    return parts[0] if is_optional else annotation
