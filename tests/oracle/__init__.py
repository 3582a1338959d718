"""The execution model a third time: plain Python, exact fractions, one bar after the other.

Written from docs/execution-model.md alone, to be read beside it; it shares no code with the engines.
"""

from tests.oracle.model import Bar, Fill, OracleResult, OracleSettings, Rejection, Sizing, Trade
from tests.oracle.simulation import simulate

__all__ = ["Bar", "Fill", "OracleResult", "OracleSettings", "Rejection", "Sizing", "Trade", "simulate"]
