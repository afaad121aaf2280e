"""What is wrong with the data, by place, until lines are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from supplychain_risk.dataset.facts import CONFIDENCES
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
    field, found = str(path[-1]) if path else "", shown(detail["input"])
    nearest: tuple[str, ...] = ()
    match kind:
        case "missing":
            found, expected = "nothing", f"a value for '{field}'"
        case "extra_forbidden":
            known = list(_fields_at(model, path[:-1]))
            found, expected = f"the field '{field}'", f"one of {', '.join(known)}"
            nearest = nearest_names(field, known)
        case "literal_error":
            allowed = detail["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            expected, nearest = f"one of {allowed}", nearest_names(str(detail["input"]), allowed.split(", "))
        case "unreadable" | "without_origin":
            expected, nearest = detail["ctx"]["expected"], _confidence_meant(detail["input"])
        case "string_pattern_mismatch":
            description = _fields_at(model, path[:-1])[field].description or "text"
            expected = f"{description}, of the form {detail['ctx']['pattern']}"
        case "model_type" | "dict_type":
            expected = "a record"
        case _:
            expected = _lower(detail["msg"])
    return Finding(file, path, found, expected, nearest)


def _lower(message: str) -> str:
    message = message.removeprefix("Input should ").removeprefix("be ").removeprefix("have ")
    return message[0].lower() + message[1:]


def _confidence_meant(value: object) -> tuple[str, ...]:
    """Confidence classes that look like a word of a line that could not be read."""
    words = value.split(";")[0].split() if isinstance(value, str) else []
    meant = [near for word in words if word not in CONFIDENCES for near in nearest_names(word, CONFIDENCES, 1)]
    return tuple(dict.fromkeys(meant))


def _fields_at(model: type[BaseModel], path: Iterable[str | int]) -> dict[str, FieldInfo]:
    """Fields of the record at `path`, by their names in the files."""
    place: Any = model
    for part in path:
        if isinstance(place, type) and issubclass(place, BaseModel):
            place = _named_fields(place)[str(part)].annotation
        else:
            place = get_args(place)[-1] if get_args(place)[-1] is not ... else get_args(place)[0]
        place = _without_none(place)
    return _named_fields(place)


def _named_fields(record: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in record.model_fields.items()}


def _without_none(annotation: Any) -> Any:
    """The record or mapping in an optional annotation."""
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return parts[0] if type(None) in get_args(annotation) else annotation
