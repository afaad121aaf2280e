from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import supplychain_risk as scr

PACKAGE = Path(scr.__file__).parent
VAGUE = {"utils", "helpers", "common", "manager", "misc", "tools"}
HEAVY = ("numpy", "pandas", "numba", "networkx", "pydantic", "rich", "scipy", "yaml")


def test_all_lists_the_names_that_can_be_loaded_and_no_others() -> None:
    for name in scr.__all__:
        assert getattr(scr, name) is not None
    assert {*scr._HOME, "errors", "__version__"} == set(scr.__all__)
    assert set(scr.__all__) <= set(dir(scr))


def test_type_checkers_see_every_public_name_where_it_is_loaded_from() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imports == {**scr._HOME, "errors": "supplychain_risk"}


def test_importing_a_folder_does_not_hide_the_function_of_its_name() -> None:
    code = "import supplychain_risk as scr; scr.share_indices; print(type(scr.concentration))"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "<class 'function'>"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        scr.simulat  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, supplychain_risk; print([name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "[]"


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in PACKAGE.rglob("*.py") if path.stem in VAGUE] == []


def modules_that_call(function: str) -> set[str]:
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function
    }


def test_nothing_prints_outside_the_command_line() -> None:
    assert [path for path in modules_that_call("print") if not path.startswith("cli/")] == []


def test_nothing_opens_files_outside_their_places() -> None:
    places = ("cli/", "dataset/", "report/", "scenarios/library.py", "simulation/store.py")
    assert [path for path in modules_that_call("open") if not path.startswith(places)] == []
