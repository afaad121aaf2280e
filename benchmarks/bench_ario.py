"""Link-steps a second beside plain numpy and the published ARIO in Python (BoARIO), on dense synthetic tables.

Each of R x S industries buys from all; half of its output is inputs. A link-step is one pair of industries in one daily
step of one draw. BoARIO is no dependency: name a Python that has it in the environment variable ARIO_PYTHON, and its
rows appear. It follows one draw at a time, we a block of 32.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from measure import Row

from supplychain_risk.kernels import inventory, inventory_numpy
from supplychain_risk.kernels.record import empty_record
from supplychain_risk.kernels.shock import shock
from supplychain_risk.network import SupplyNetwork
from supplychain_risk.propagation.dynamics import Dynamics, chain_of

SHAPES = ((3, 3), (6, 8), (40, 13))
DRAWS = 32
STEPS = 60

ARIO = """
import sys, time, warnings
warnings.simplefilter("ignore")
import logging; logging.disable(logging.CRITICAL)
import numpy as np, pandas as pd, pymrio
from boario.event import from_scalar_regions_sectors
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation
regions, sectors, steps = map(int, sys.argv[1:])
names = pd.MultiIndex.from_product(
    [[f"r{k}" for k in range(regions)], [f"s{k}" for k in range(sectors)]], names=["region", "sector"]
)
n = len(names)
flows = pd.DataFrame(np.full((n, n), 50.0 / n), index=names, columns=names)
final = pd.MultiIndex.from_product([[f"r{k}" for k in range(regions)], ["households"]], names=["region", "category"])
tables = pymrio.IOSystem(Z=flows, Y=pd.DataFrame(np.full((n, regions), 50.0 / regions), index=names, columns=final))
tables.calc_all()
model = ARIOPsiModel(tables, order_type="noalt", productive_capital_to_VA_dict={f"s{k}": 4 for k in range(sectors)})
event = from_scalar_regions_sectors(
    1.0, event_type="recovery", affected_regions=["r0"], affected_sectors=["s0"], impact_regional_distrib="equal",
    impact_sectoral_distrib="equal", duration=20, recovery_tau=20, event_monetary_factor=1000000,
)
run = Simulation(model, n_temporal_units_to_sim=steps)
run.add_event(event)
begin = time.process_time()
run.loop()
print(time.process_time() - begin)
"""


def network(regions: int, sectors: int) -> SupplyNetwork:
    """The same tables for us."""
    names = [(f"r{r}", f"s{s}") for r in range(regions) for s in range(sectors)]
    activities = pd.DataFrame(names, columns=["company", "product"]).assign(final_sales=50.0)
    supplier, customer = np.divmod(np.arange(len(names) ** 2), len(names))
    links = pd.DataFrame(
        {
            "supplier_company": activities["company"].to_numpy()[supplier],
            "supplier_product": activities["product"].to_numpy()[supplier],
            "customer_company": activities["company"].to_numpy()[customer],
            "customer_product": activities["product"].to_numpy()[customer],
            "value": 50.0 / len(names),
        }
    )
    products = [f"s{s}" for s in range(sectors)]
    pairs = [(product, needed) for product in products for needed in products]
    requirements = pd.DataFrame(pairs, columns=["product", "input"]).assign(
        kind="flow", criticality=1.0, buffer_days=90.0, psi=0.8, reorder_days=np.inf, requalify_days=np.inf
    )
    return SupplyNetwork.from_tables(activities, links, requirements)


def seconds(run: Callable[..., object], net: SupplyNetwork) -> float:
    """Processor time of one block of draws in which the first industry loses half of its capacity for 20 days."""
    dynamics = Dynamics(365.0, 60.0, 1.0, 1.0, 0.0, 0.0, 1.0, rationing="proportional", ordering="realised")
    chain, rules = chain_of(net, dynamics, 1.0), dynamics.rules(1.0)
    loss = np.zeros((STEPS, len(net.activities), DRAWS))
    loss[1:21, 0] = 0.5
    event = shock(chain, loss)
    record = empty_record(
        chain,
        DRAWS,
        np.zeros(STEPS, dtype=np.int64),
        step_weight=np.ones(STEPS),
        unmet_group=np.zeros(len(chain.output0), dtype=np.int64),
        captive_supplier=np.zeros(0, dtype=np.int64),
        levels=(0.99, 0.9),
        keep=frozenset({"output"}),
    )
    begin = time.process_time()
    run(chain, rules, event, record)
    return time.process_time() - begin


def published(regions: int, sectors: int) -> float:
    """Processor time of one draw in the published program."""
    command = [os.environ["ARIO_PYTHON"], "-c", ARIO, str(regions), str(sectors), str(STEPS)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def measure() -> Iterator[Row]:
    """One row a program and size."""
    seconds(inventory.run, network(2, 2))  # compiles
    for regions, sectors in SHAPES:
        industries = regions * sectors
        visited = industries**2 * STEPS / 1e6
        net = network(regions, sectors)
        for name, run in (("compiled", inventory.run), ("plain numpy", inventory_numpy.run)):
            yield Row(f"{industries} industries, {name}", visited * DRAWS / seconds(run, net), "m link-steps/s")
        if "ARIO_PYTHON" in os.environ:
            rate = visited / published(regions, sectors)
            yield Row(f"{industries} industries, BoARIO", rate, "m link-steps/s")
