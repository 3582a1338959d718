"""The numbers of a run, as Python numbers: reading them from a NumPy record would cost more than the arithmetic."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Fields as in the kernel's layout SETTINGS, 0 meaning off. What belongs to a symbol (its lot) is in its book."""

    initial_cash: float
    leverage: float
    volume_share: float
    stop_loss: float
    take_profit: float
    trailing_stop: float
    max_position: float
    max_daily_loss: float
    max_open_positions: int
    cooldown: int
    fill_at_close: bool
    optimistic: bool
    intraday_product: bool

    @classmethod
    def of(cls, record: np.void, max_open_positions: int | None = None) -> "EventSettings":
        """From the kernel's settings and the one limit that a single symbol does not have."""
        return cls(
            initial_cash=float(record["initial_cash"]),
            leverage=float(record["leverage"]),
            volume_share=float(record["volume_share"]),
            stop_loss=float(record["stop_loss"]),
            take_profit=float(record["take_profit"]),
            trailing_stop=float(record["trailing_stop"]),
            max_position=float(record["max_position"]),
            max_daily_loss=float(record["max_daily_loss"]),
            max_open_positions=max_open_positions or 0,
            cooldown=int(record["cooldown"]),
            fill_at_close=bool(record["fill_at_close"]),
            optimistic=bool(record["optimistic"]),
            intraday_product=bool(record["intraday_product"]),
        )

    @property
    def guards(self) -> bool:
        """Whether positions carry exits of the risk settings."""
        return self.stop_loss > 0.0 or self.take_profit > 0.0 or self.trailing_stop > 0.0
