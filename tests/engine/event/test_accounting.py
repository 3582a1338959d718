"""Accounting, checked by the strategy itself at every bar and every fill."""

import math
from typing import Any

import polars as pl
import pytest
from tests.engine.event.acting import keep, run_strategy
from tests.engine.market import bars

from hermes.engine.event.desk import Desk
from hermes.market import Fill, Side
from hermes.strategy import Bar, Strategy

pytestmark = pytest.mark.kernel


class Auditor(Strategy):
    """Trades to and fro, and keeps books of its own from the fills alone."""

    cash: float
    is_long_only: bool

    def on_start(self) -> None:
        self._cash = self.cash
        self._held: dict[str, float] = {}
        self._lots: dict[str, list[tuple[float, float]]] = {}
        self._closes: dict[str, float] = {}
        self._realised = self._charges = 0.0
        self._seen: dict[str, int] = {}
        self._checks = 0

    def on_fill(self, fill: Fill) -> None:
        signed = fill.quantity * fill.side.sign
        self._cash -= signed * fill.price + float(fill.charges)
        self._charges += float(fill.charges)
        self._held[fill.symbol] = self._held.get(fill.symbol, 0.0) + signed
        lots = self._lots.setdefault(fill.symbol, [])
        while signed and lots and lots[0][0] * signed < 0:
            size, price = lots[0]
            taken = math.copysign(min(abs(size), abs(signed)), size)
            self._realised += taken * (fill.price - price)
            signed += taken
            lots[0] = (size - taken, price)
            if lots[0][0] == 0:
                del lots[0]
        if signed:
            lots.append((signed, fill.price))
        assert self.broker.cash == pytest.approx(self._cash, abs=1e-6)
        assert self.broker.position(fill.symbol) == self._held[fill.symbol]

    def on_bar(self, bar: Bar) -> None:
        broker = self.broker
        self._closes[bar.symbol] = bar.close
        number = self._seen[bar.symbol] = self._seen.get(bar.symbol, -1) + 1
        if bar.symbol == broker.symbols[-1]:
            self._check()
        match number % 9:
            case 0:
                broker.buy(bar.symbol, 40)
            case 2:
                broker.bracket(bar.symbol, Side.BUY, 25, stop=bar.close - 3, target=bar.close + 2)
            case 4:
                broker.sell(bar.symbol, 30)
            case 6:
                broker.sell(bar.symbol, 60, trail=0.01)
            case 8:
                broker.close(bar.symbol)

    def _check(self) -> None:
        broker = self.broker
        self._checks += 1
        worth = {symbol: self._held.get(symbol, 0.0) * close for symbol, close in self._closes.items()}
        assert broker.cash == pytest.approx(self._cash, abs=1e-6)
        assert broker.equity == pytest.approx(self._cash + sum(worth.values()), abs=1e-6)
        unrealised = sum(
            size * (self._closes[symbol] - price) for symbol, lots in self._lots.items() for size, price in lots
        )
        assert self._realised + unrealised - self._charges == pytest.approx(broker.equity - self.cash, abs=1e-5)
        for symbol, held in self._held.items():
            assert held == pytest.approx(sum(size for size, _ in self._lots[symbol]))
            assert (broker.average_price(symbol) is None) == (held == 0)
        if self.is_long_only:
            assert broker.cash >= -1e-6
            assert min(self._held.values(), default=0.0) >= 0
        assert isinstance(broker, Desk)
        ledger = broker._ledger
        assert ledger.realised == pytest.approx(self._realised, abs=1e-6)
        assert ledger.charges == pytest.approx(self._charges, abs=1e-6)
        assert ledger.unrealised == pytest.approx(unrealised, abs=1e-5)

    @property
    def checks(self) -> int:
        return self._checks


def wave(symbol: str, phase: float) -> None:
    closes = [round((100 + 6 * math.sin(k / 5 + phase) + 3 * math.sin(k / 1.7)) * 20) / 20 for k in range(480)]
    opens = [closes[0], *closes[:-1]]
    highs, lows = ([round(edge(pair) * 20 + step) / 20 for pair in zip(opens, closes, strict=True)]
                   for edge, step in ((max, 8), (min, -8)))  # fmt: skip
    cut: dict[str, Any] = {"open": opens, "high": highs, "low": lows}
    parts = [
        bars(day, closes[160 * n : 160 * n + 160], volume=2_000,
             **{name: each[160 * n : 160 * n + 160] for name, each in cut.items()})
        for n, day in enumerate(("2024-11-04", "2024-11-05", "2024-11-06"))
    ]  # fmt: skip
    keep(symbol, pl.concat(parts))


@pytest.mark.parametrize("symbols", [("AAA",), ("AAA", "BBB", "CCC")])
@pytest.mark.parametrize(
    ("fields", "cash"),
    [
        ({}, 100_000.0),
        ({}, 5_000.0),
        ({"product": "MIS", "leverage": 5}, 4_000.0),
        ({"product": "MIS", "risk": {"stop_loss_pct": 0.02, "max_daily_loss": 0.03}}, 20_000.0),
        ({"max_volume_share": 0.01, "slippage": 0.001}, 20_000.0),
    ],
)
def test_cash_equity_and_profit_agree_with_the_fills_at_every_bar(
    fields: dict[str, Any], cash: float, symbols: tuple[str, ...]
) -> None:
    for place, symbol in enumerate(symbols):
        wave(symbol, 2.0 * place)
    strategy = Auditor(cash=cash, is_long_only=fields.get("product") != "MIS")
    result = run_strategy(strategy, *symbols, **({"charges": "zerodha"} | fields), initial_cash=cash)
    assert strategy.checks == 480
    assert result.fills.height > 40
    assert result.trades["net"].sum() == pytest.approx(result.metrics.final_equity - cash, abs=1e-5)
    assert result.equity["cash"][-1] == pytest.approx(result.equity["equity"][-1], abs=1e-6)
