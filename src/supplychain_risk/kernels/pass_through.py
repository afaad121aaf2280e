"""Higher costs that makers charge on to their customers.

A maker j charges the share pi_j of what his inputs cost more to those outside his company who normally buy from him,
in proportion to normal purchases; the part of final sales falls on final buyers. With m_ij the share of j's external
sales that goes to customer activity i, the cost c of each activity, surcharges included, is

    c = direct + M diag(pi) c,    passed on = pi c,    final buyers pay  sum over j of (1 - sum over i of m_ij) pi_j c_j

In a network without cycles that is tier after tier. Where products go in circles it is where charging on ends after all
rounds: the share pi stays below 1, or something leaves the circle to final buyers. Activities and final buyers together
pay exactly the direct cost: nothing is lost on the way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EXACT = 1e-9


def charged_on(sales_share: sparse.csc_array, pass_through: Floats, buyers: Ints) -> Floats:
    """Cost of every activity, surcharges included, per unit of direct cost of a buyer.

    Parameters
    ----------
    sales_share : (A, A) m_ij, share of the external sales of j (column) that customer i (row) buys; columns sum to at
        most 1, the rest goes to final buyers.
    pass_through : (A,) pi, 0..1; 0 for activities without external sales, who have nobody to charge.
    buyers : (B,) activities with a direct cost.

    Returns
    -------
    (A, B): c_i per unit of direct cost of buyer b, his own 1 included; exactly 0 where no surcharge arrives.

    Raises
    ------
    ValueError : a circle of makers who charge everything on to one another and sell to nobody else.

    Examples
    --------
    Activity 0 sells half to 1 and half to final buyers, and charges on 60 % of its costs:

    >>> share = sparse.csc_array(np.array([[0.0, 0.0], [0.5, 0.0]]))
    >>> charged_on(share, np.array([0.6, 0.2]), np.array([0])).ravel().tolist()
    [1.0, 0.3]
    """
    activities = len(pass_through)
    direct = np.zeros((activities, len(buyers)))
    direct[buyers, np.arange(len(buyers))] = 1.0
    system = sparse.eye_array(activities, format="csc") - sales_share @ sparse.diags_array(pass_through)
    try:
        cost = splu(sparse.csc_matrix(system)).solve(direct) if direct.size else direct
    except RuntimeError:  # exactly singular
        cost = np.full_like(direct, np.nan)
    if not np.isfinite(cost).all() or (cost < -_EXACT).any() or (cost > 1 / _EXACT).any():
        raise ValueError("makers in a circle charge all of their higher costs on to one another, without end")
    return np.asarray(cost)
