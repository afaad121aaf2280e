"""From a folder of YAML files to a `Dataset`, or to one error that names everything wrong with them.

The packaged data lie beside the package in a wheel or a zip, and at the root of the project in a checkout.
Nothing is cached: reading and checking take well under a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from supplychain_risk.dataset.checks import check_records
from supplychain_risk.dataset.findings import Finding, findings_of
from supplychain_risk.dataset.parameters import ConfidenceClasses, Parameters
from supplychain_risk.dataset.reading import MAX_BYTES, Reading, find_lines, read_yaml
from supplychain_risk.dataset.schema import Dataset, IndexFile, SourceFile, SupplierFile
from supplychain_risk.errors import DataError, Problem

REQUIRED = ("suppliers.yaml", "sources.yaml", "parameters.yaml")
OPTIONAL = ("indices.yaml",)

Model = TypeVar("Model", bound=BaseModel)


def data_folder() -> Traversable:
    """The folder of the packaged data, in a checkout, a wheel or a zip.

    Raises
    ------
    DataError
        If the package was installed without its data.
    """
    packaged = files("supplychain_risk") / "data"
    checkout = Path(__file__).resolve().parents[3] / "data"
    for folder in (packaged, checkout):
        if (folder / REQUIRED[0]).is_file():
            return folder
    raise DataError([Problem("data", "", "", "no data in the package", f"a folder with {', '.join(REQUIRED)}")])


def load_dataset(folder: str | Path | Traversable | None = None) -> Dataset:
    """Read and check a folder of data; the packaged data if none is given.

    Parameters
    ----------
    folder : folder with suppliers.yaml, sources.yaml, parameters.yaml and, if wanted, indices.yaml.

    Returns
    -------
    Dataset
        Frozen records; every number a `Fact` with range, source and confidence.

    Raises
    ------
    DataError
        With every problem found in all files: file, line, record, field, found, expected, nearest names.

    Examples
    --------
    >>> data = load_dataset()
    >>> str(data.companies["tsmc"].makes["cowos"].share)[:4]
    '0.88'
    """
    place = data_folder() if folder is None else Path(folder) if isinstance(folder, str) else folder
    raw = _read_files(place)
    readings = {name: read_yaml(name, content) for name, content in raw.items()}
    if problems := [problem for reading in readings.values() for problem in reading.problems]:
        raise DataError(problems)
    dataset, findings = _validate(readings, digest_of(raw))
    if dataset is None or findings:
        raise DataError(_locate(findings, raw))
    return dataset


def check_folder(folder: str | Path) -> Dataset:
    """Read and check anybody's folder in the same format; the same as `load_dataset` with a folder.

    Raises
    ------
    DataError
        If there is no such folder, a file is missing, or any record breaks a rule.
    """
    return load_dataset(Path(folder))


def digest_of(raw: Mapping[str, bytes]) -> str:
    """SHA-256 over names and bytes of files, line ends normalised to LF, 64 hex digits."""
    digest = hashlib.sha256()
    for name in sorted(raw):
        content = raw[name].replace(b"\r\n", b"\n")
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _read_files(folder: Path | Traversable) -> dict[str, bytes]:
    if not folder.is_dir():
        raise DataError([Problem(str(folder), "", "", "no such folder", f"a folder with {', '.join(REQUIRED)}")])
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise DataError([Problem(name, "", "", f"no such file in {folder}", "the file") for name in missing])
    names = [*REQUIRED, *(name for name in OPTIONAL if (folder / name).is_file())]
    try:
        return {name: _read_file(folder / name) for name in names}
    except OSError as error:
        raise DataError([Problem(str(folder), "", "", str(error), "files that can be read")]) from error


def _read_file(file: Path | Traversable) -> bytes:
    """Bytes of a file, one more than allowed at most; the reader refuses those."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _validate(readings: Mapping[str, Reading], digest: str) -> tuple[Dataset | None, list[Finding]]:
    findings: list[Finding] = []
    classes = _record(ConfidenceClasses, "parameters.yaml", readings, {}, findings)
    if classes is None:
        return None, findings
    context = {"half_widths": classes.half_widths}
    parameters = _record(Parameters, "parameters.yaml", readings, context, findings)
    suppliers = _record(SupplierFile, "suppliers.yaml", readings, context, findings)
    sources = _record(SourceFile, "sources.yaml", readings, context, findings)
    indices: IndexFile | None = IndexFile()
    if "indices.yaml" in readings:
        indices = _record(IndexFile, "indices.yaml", readings, context, findings)
    if not (parameters and suppliers and sources and indices):
        return None, findings
    dataset = Dataset.model_construct(
        sites=suppliers.sites,
        products=suppliers.products,
        companies=suppliers.companies,
        sources=sources.sources,
        parameters=parameters,
        indices=indices.indices,
        digest=digest,
        as_of=suppliers.as_of,
    )
    return dataset, check_records(dataset)


def _record(
    model: type[Model], file: str, readings: Mapping[str, Reading], context: Mapping[str, Any], findings: list[Finding]
) -> Model | None:
    try:
        return model.model_validate(readings[file].content, context=dict(context))
    except ValidationError as error:
        findings += findings_of(file, model, error)
        return None


def _locate(findings: Iterable[Finding], raw: Mapping[str, bytes]) -> list[Problem]:
    lines = {name: find_lines(name, content) for name, content in raw.items()}
    return [finding.located(lines.get(finding.file, {})) for finding in findings]
