"""Compiled dynamics where numba is installed, plain numpy elsewhere; the results agree to rounding."""

from __future__ import annotations

from importlib.util import find_spec

from supplychain_risk.kernels.chain import Chain, Record, Rules, Shock

COMPILED = find_spec("numba") is not None


def run_engine(chain: Chain, rules: Rules, shock: Shock, record: Record) -> None:
    """Run one block of draws; writes into `record`."""
    if COMPILED:
        from supplychain_risk.kernels.inventory import run as run_compiled

        run_compiled(chain, rules, shock, record)
    else:
        from supplychain_risk.kernels.inventory_numpy import run

        run(chain, rules, shock, record)
