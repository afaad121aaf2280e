"""``python -m supplychain_risk`` is the command line."""

from __future__ import annotations

from supplychain_risk.cli.app import main

if __name__ == "__main__":
    main()
