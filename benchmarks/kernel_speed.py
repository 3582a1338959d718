"""Bars per second of the compiled simulation on one core: plain settings, and every feature on."""

import numpy as np
import polars as pl
from bars import BARS, minute_bars
from timing import in_turn

from hermes.engine import BacktestRequest
from hermes.engine.kernel import FILL, NOW, REFUSAL, Log, simulate
from hermes.engine.kernel.codes import REASONS
from hermes.engine.prepare import Prepared, prepare
from hermes.engine.vector import Run, kernel_settings, opening_state, run_vector
from hermes.market import Instrument, schedule_from_mapping, zerodha
from hermes.strategy import create_strategy

PLAIN_BAR, FULL_BAR = 100e6, 40e6


def main() -> bool:
    """Print both speeds; True if both bars are met."""
    frame = create_strategy("SMACrossover", {}).generate_signals(minute_bars())
    plain_request = BacktestRequest(
        symbol="BENCH", strategy="SMACrossover", max_volume_share=None, tick_rounding=False, price_bands=False,
        sizing={"mode": "fixed_quantity", "quantity": 10},
    )  # fmt: skip
    percent = schedule_from_mapping({"name": "percent", "rounding": "none", "brokerage_rate": "0.0003"})
    full_request = BacktestRequest(
        symbol="BENCH", strategy="SMACrossover", product="MIS", leverage=5, impact="square_root",
        sizing={"mode": "atr"}, risk={
            "stop_loss_pct": 0.01, "take_profit_pct": 0.02, "trailing_stop_pct": 0.012, "max_position_pct": 3.0,
            "max_daily_loss": 0.03, "cooldown_bars": 5,
        },
    )  # fmt: skip
    instrument = Instrument("BENCH")
    plain = prepare(frame, 0, plain_request, instrument, percent, adjusted=False, lot=1.0)
    # shorts too: what is flat without a position becomes a target of -1
    shorts = frame.with_columns(
        pl.when(pl.col("signal") == 0).then(-1).otherwise("signal").cast(pl.Int8).alias("signal")
    )
    full = prepare(shorts, 0, full_request, instrument, zerodha("intraday"), adjusted=False, lot=1.0)

    met = True
    for label, prepared, request, bar in (
        ("plain (market orders, percentage costs)", plain, plain_request, PLAIN_BAR),
        ("every feature on", full, full_request, FULL_BAR),
    ):
        settings = kernel_settings(request, 1.0)
        speed, run = _speed(prepared, settings)
        reasons = sorted({REASONS[int(each)] for each in run.fills["reason"]})
        met &= speed >= bar
        print(
            f"kernel, {label}: {speed / 1e6:.0f} million bars/s (bar: {bar / 1e6:.0f}); "
            f"{len(run.fills)} fills: {', '.join(reasons)}"
        )
    return met


def _speed(prepared: Prepared, settings: np.void) -> tuple[float, Run]:
    """Bars per second of the kernel alone, and the run whose fills it must have made."""
    run = run_vector(prepared, settings)
    equity, log = np.empty(BARS), Log(np.zeros(8192, FILL), np.zeros(8192, REFUSAL))

    def kernel() -> None:
        simulate(prepared.bars, settings, opening_state(settings), np.zeros(1, NOW)[0], equity, log)

    seconds = in_turn({"kernel": kernel}, rounds=300)["kernel"]
    np.testing.assert_array_equal(equity, run.equity)
    return BARS / seconds, run


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
