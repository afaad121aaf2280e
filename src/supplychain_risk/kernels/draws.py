"""Named random streams, and distributions by their quantile functions.

Every random quantity of a scenario has a name (its driver, such as
``taiwan-blockade/trade_stop/duration``) and every draw a number d = 0, 1, 2, ... The uniform of draw d is
position d mod 1,024 of the stream

    PCG64(SeedSequence(seed, spawn_key=(hash of the name, d div 1,024)))

so it depends on nothing but seed, name and d: not on how draws are cut into blocks, on the process, on the order
in which drivers or sites are listed, nor on Python's hash seed (the hash is BLAKE2b of the name). A distribution
is applied to uniforms through its quantile function. That keeps draws comparable between scenarios (common random
numbers), lets a copula join drivers, and lets antithetic pairs or a low-discrepancy sequence (`kernels.sobol`) replace
the uniforms. Antithetic: draw 2k + 1 takes 1 - u where draw 2k takes u, for every driver (Hammersley & Morton 1956,
doi:10.1017/S0305004100031455).

The one-factor Gaussian copula for sites k inside one event, with 0 <= rho <= 1, is

    u_k = Phi( sqrt(rho) Phi^-1(v) + sqrt(1 - rho) Phi^-1(v_k) ),        v, v_k independent uniforms.

References
----------
Salmon, J. K. et al. (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11, doi:10.1145/2063384.2063405.
Vasicek, O. (2002), The distribution of loan portfolio value, Risk 15(12), 160-162 (the one-factor copula).
Malcolm, D. G. et al. (1959), Application of a technique for research and development program evaluation,
Operations Research 7(5), 646-669 (the PERT distribution).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from supplychain_risk.kernels.quantiles import beta_quantile, empirical_quantile, gamma_quantile, normal_quantile

Floats = NDArray[np.float64]

STREAM_BLOCK: Final = 1_024
"""Draws per stream: the unit in which random numbers are made, whatever the size of a computation's blocks."""

SMALLEST: Final = 2.0**-54
LARGEST: Final = 1.0 - 2.0**-53
"""Ends of the uniforms: quantiles at 0 and 1 may be infinite."""

_P90: Final = float(special.ndtri(0.9))


def stream(seed: int, name: str, block: int) -> np.random.Generator:
    """Return the random generator of one driver for draws ``1,024 * block`` and following.

    Parameters
    ----------
    seed : whole number >= 0, the run's seed.
    name : the driver; any text. Equal names give equal streams.
    block : 0-based number of the block of 1,024 draws.

    Examples
    --------
    >>> a, b = stream(7, "quake/severity", 0), stream(7, "quake/severity", 0)
    >>> bool(a.random() == b.random())
    True
    """
    key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(key, block))))


def random_block(seed: int, name: str, block: int) -> Floats:
    """Independent uniforms of one driver for draws ``1,024 * block`` and following, shape (1,024,)."""
    return np.maximum(stream(seed, name, block).random(STREAM_BLOCK), SMALLEST)


def antithetic_block(seed: int, name: str, block: int) -> Floats:
    """The same in pairs of draws: u and 1 - u.

    Examples
    --------
    >>> u = antithetic_block(7, "quake/severity", 0)
    >>> bool((u[1::2] == 1.0 - u[::2]).all())
    True
    """
    u = random_block(seed, name, block)
    u[1::2] = 1.0 - u[::2]
    return np.clip(u, SMALLEST, LARGEST)


def uniforms(
    seed: int, name: str, first_draw: int, n_draws: int, make_block: Callable[[int, str, int], Floats] = random_block
) -> Floats:
    """Return the uniforms of one driver for draws ``first_draw ... first_draw + n_draws - 1``, shape (n_draws,).

    Values lie strictly between 0 and 1. A draw's value does not depend on the slice it is asked in. `make_block` makes
    1,024 of them from seed, name and number of the block.

    Examples
    --------
    >>> whole = uniforms(7, "quake/severity", 0, 3_000)
    >>> bool((uniforms(7, "quake/severity", 1_000, 50) == whole[1_000:1_050]).all())
    True
    """
    if n_draws == 0:
        return np.empty(0)
    first_block, last_block = first_draw // STREAM_BLOCK, (first_draw + n_draws - 1) // STREAM_BLOCK
    blocks = [make_block(seed, name, block) for block in range(first_block, last_block + 1)]
    start = first_draw - first_block * STREAM_BLOCK
    return np.concatenate(blocks)[start : start + n_draws]


def one_factor(common: Floats, own: Floats, rho: float) -> Floats:
    """Join uniforms by a common factor (one-factor Gaussian copula).

    Parameters
    ----------
    common : (n_draws,) uniforms of the factor that all members share.
    own : (..., n_draws) uniforms of the members, independent of each other.
    rho : correlation of any two members on the normal scale, 0 (independent) to 1 (all alike).

    Returns
    -------
    (..., n_draws) uniforms.

    Examples
    --------
    >>> one_factor(np.array([0.2]), np.array([[0.7], [0.9]]), 1.0).round(6).tolist()
    [[0.2], [0.2]]
    """
    normal = np.sqrt(rho) * special.ndtri(common) + np.sqrt(1.0 - rho) * special.ndtri(own)
    return np.asarray(special.ndtr(normal), dtype=np.float64)


def pert_quantile(u: Floats, low: float, mode: float, high: float) -> Floats:
    """Quantile of the PERT distribution: a beta stretched to [low, high] with mean (low + 4 mode + high) / 6.

    Examples
    --------
    >>> pert_quantile(np.array([0.5]), 0.0, 0.5, 1.0).round(6).tolist()
    [0.5]
    """
    if high == low:
        return np.full_like(u, low)
    width = high - low
    a, b = 1.0 + 4.0 * (mode - low) / width, 1.0 + 4.0 * (high - mode) / width
    return np.asarray(low + width * special.betaincinv(a, b, u), dtype=np.float64)


def lognormal_quantile(u: Floats, median: float, p90: float) -> Floats:
    """Quantile of the lognormal distribution given by its median and its 90 % quantile.

    Examples
    --------
    >>> lognormal_quantile(np.array([0.5, 0.9]), 20.0, 52.0).round(9).tolist()
    [20.0, 52.0]
    """
    sigma = np.log(p90 / median) / _P90
    return np.asarray(median * np.exp(sigma * special.ndtri(u)), dtype=np.float64)


def uniform_quantile(u: Floats, low: float, high: float) -> Floats:
    """Quantile of the uniform distribution on [low, high]."""
    return low + (high - low) * u


def triangular_quantile(u: Floats, low: float, mode: float, high: float) -> Floats:
    """Quantile of the triangular distribution on [low, high] with its peak at `mode`.

    Examples
    --------
    >>> triangular_quantile(np.array([0.0, 0.5, 1.0]), 0.0, 0.5, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if high == low:
        return np.full_like(u, low)
    width, left, right = high - low, mode - low, high - mode
    rising = low + np.sqrt(u * width * left)
    falling = high - np.sqrt((1.0 - u) * width * right)
    return np.where(u * width < left, rising, falling)


def discrete_quantile(u: Floats, *pairs: float) -> Floats:
    """Quantile of a discrete distribution given as value, probability, value, probability, ... in rising order.

    Examples
    --------
    >>> discrete_quantile(np.array([0.1, 0.3, 0.9]), 0.0, 0.2, 10.0, 0.8).tolist()
    [0.0, 10.0, 10.0]
    """
    values, probabilities = np.array(pairs[::2]), np.array(pairs[1::2])
    place = np.searchsorted(np.cumsum(probabilities)[:-1], u, side="right")
    return np.asarray(values[place], dtype=np.float64)


def constant_quantile(u: Floats, value: float) -> Floats:
    """Quantile of a number that is known."""
    return np.full_like(u, value)


QUANTILES: Final[Mapping[str, Callable[..., Floats]]] = MappingProxyType(
    {
        "beta": beta_quantile,
        "constant": constant_quantile,
        "discrete": discrete_quantile,
        "empirical": empirical_quantile,
        "gamma": gamma_quantile,
        "lognormal": lognormal_quantile,
        "normal": normal_quantile,
        "pert": pert_quantile,
        "triangular": triangular_quantile,
        "uniform": uniform_quantile,
    }
)
"""Distributions by name: a function of (uniforms, *parameters)."""


def quantile(kind: str, parameters: Sequence[float], u: Floats) -> Floats:
    """Apply the quantile function called `kind` to uniforms of any shape.

    Examples
    --------
    >>> quantile("uniform", (10.0, 20.0), np.array([0.25])).tolist()
    [12.5]
    """
    return QUANTILES[kind](u, *parameters)
