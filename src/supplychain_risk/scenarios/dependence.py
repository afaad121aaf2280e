"""Which quantities of several hits go together, and how: a Gaussian or a t copula.

Each joined quantity has a copula draw of its own, over the hits: severities with severities, durations with
durations. What is not joined is independent. Sites inside one hit go together by the scenario's common factor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from supplychain_risk.dataset.facts import Fact, From, Quantity, Record, unreadable
from supplychain_risk.kernels.copulas import cholesky_factor, gaussian_copula, t_copula

Floats = NDArray[np.float64]
Joined = Literal["severity", "onset_days", "duration_weeks", "recovery_weeks"]


class Dependence(Record):
    """A copula over hits: one correlation for all pairs, or a matrix in the order of `hits`."""

    provenance: From
    copula: Literal["gaussian", "t"]
    hits: tuple[str, ...] = Field(min_length=2)
    quantities: tuple[Joined, ...] = Field(default=("severity",), min_length=1)
    correlation: Annotated[Fact, Quantity("correlation, normal scale", -1, 1)] | None = None
    matrix: tuple[tuple[float, ...], ...] = ()
    degrees_of_freedom: Annotated[Fact, Quantity("degrees of freedom", 0)] | None = Field(
        default=None, description="of the t copula; the smaller, the more often extremes come together"
    )

    @model_validator(mode="after")
    def _joins(self) -> Self:
        if len(set(self.hits)) != len(self.hits):
            raise unreadable("each hit once")
        if (self.correlation is None) == (not self.matrix):
            raise unreadable("either a correlation or a matrix")
        freedom = self.degrees_of_freedom
        if (self.copula == "t") != (freedom is not None) or (freedom is not None and freedom.value <= 0.0):
            raise unreadable("degrees_of_freedom above 0 for a t copula, none for a Gaussian one")
        shape = (len(self.hits), len(self.hits))
        if any(len(row) != shape[1] for row in self.matrix) or len(self.correlations) != shape[0]:
            raise unreadable(f"a matrix of {shape[0]} rows of {shape[1]}")
        full = self.correlations
        if not (np.isfinite(full).all() and (full == full.T).all() and (full.diagonal() == 1.0).all()):
            raise unreadable("a symmetric matrix of correlations with 1 on the diagonal")
        if cholesky_factor(full) is None:
            raise unreadable("a positive definite correlation matrix")
        return self

    @property
    def correlations(self) -> Floats:
        """The correlation matrix in the order of `hits`, shape (K, K)."""
        if self.correlation is None:
            return np.array(self.matrix, dtype=np.float64)
        size = len(self.hits)
        return np.where(np.eye(size, dtype=bool), 1.0, self.correlation.value)

    def join(self, hit: str, quantity: str, uniforms: Callable[[str], Floats]) -> Floats | None:
        """Uniforms of a quantity of a hit, joined with those of the other hits; None if it is not joined.

        Parameters
        ----------
        hit, quantity : whose uniforms are wanted.
        uniforms : independent uniforms of a driver, such as "fire/severity"; "dependence/QUANTITY" is the size of the
            common shock of a t copula.
        """
        factor = cholesky_factor(self.correlations)
        if hit not in self.hits or quantity not in self.quantities or factor is None:
            return None
        own = np.stack([uniforms(f"{name}/{quantity}") for name in self.hits])
        if self.degrees_of_freedom is None:
            joined = gaussian_copula(own, factor)
        else:
            joined = t_copula(own, factor, uniforms(f"dependence/{quantity}"), self.degrees_of_freedom.value)
        return np.asarray(joined[self.hits.index(hit)], dtype=np.float64)
