"""What public functions say to someone who hands over something else than a network, most often its dataset."""

from __future__ import annotations

from supplychain_risk.errors import InputError
from supplychain_risk.network.network import SupplyNetwork


def require_network(network: object) -> None:
    """Refuse anything but a network.

    Raises
    ------
    InputError : it is something else; the message says how a network is made from a dataset.

    Examples
    --------
    >>> require_network("taiwan")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    supplychain_risk.errors.InputError: network: found str, expected a SupplyNetwork; ...
    """
    if not isinstance(network, SupplyNetwork):
        found = type(network).__name__
        raise InputError(
            f"network: found {found}, expected a SupplyNetwork; SupplyNetwork.from_dataset(data) makes one"
        )
