"""The same moving-average cross in backtesting.py, backtrader and NautilusTrader, each in its own idiom.

Each peer is set up for speed: bars that are already in memory in its own format, no log, no progress bar, no analysis
that can be left out. `prepare` of each returns a run to be timed, which returns the account it ended with.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

import numpy as np
import polars as pl

os.environ["TQDM_DISABLE"] = "1"  # backtesting.py draws a progress bar where it finds tqdm

import backtesting
import backtrader
import pandas as pd
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import PerContractFeeModel
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.currencies import INR
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy


@dataclass(frozen=True)
class Rule:
    """Long `quantity` while the fast average is above the slow one, flat otherwise; nothing before bar `idle`."""

    fast: int
    slow: int
    idle: int
    quantity: int
    cash: float
    commission: float


@dataclass(frozen=True)
class Account:
    """Round trips, one row each: the bar at whose open it was entered, the price, the same for its exit; equity."""

    trips: np.ndarray
    equity: float


class Peer(Protocol):
    """One engine with its bars loaded."""

    def prepare(self) -> Callable[[], Callable[[], Account]]:
        """A run; what it returns reads the account from it, outside the time."""


class BacktestingPy:
    """backtesting.py: averages are columns made at once, which is quicker there than a stream; it always ends with its
    statistics, which cannot be left out."""

    def __init__(self, bars: pl.DataFrame, rule: Rule) -> None:
        self.rule = rule
        columns = ["open", "high", "low", "close", "volume"]
        self.frame = pd.DataFrame({name.capitalize(): bars[name].to_numpy() for name in columns}, index=_stamps(bars))

        class Cross(backtesting.Strategy):
            def init(self) -> None:
                self.fast = self.I(_average, self.data.Close, rule.fast, rule.idle, plot=False)
                self.slow = self.I(_average, self.data.Close, rule.slow, rule.idle, plot=False)

            def next(self) -> None:
                if self.fast[-1] > self.slow[-1]:
                    if not self.position:
                        self.buy(size=rule.quantity)
                elif self.position:
                    self.position.close()

        self.strategy = Cross

    def prepare(self) -> Callable[[], Callable[[], Account]]:
        test = backtesting.Backtest(
            self.frame, self.strategy, cash=self.rule.cash,
            commission=lambda size, _: abs(size) * self.rule.commission,
        )  # fmt: skip

        def run() -> Callable[[], Account]:
            stats = test.run()
            return lambda: self._account(stats)

        return run

    def _account(self, stats: pd.Series) -> Account:
        columns = ["EntryBar", "EntryPrice", "ExitBar", "ExitPrice"]
        return Account(stats["_trades"][columns].to_numpy(dtype=float), float(stats["Equity Final [$]"]))


class Backtrader:
    """backtrader: indicators computed at once (runonce and preload, its defaults), observers off, and the quicker of
    the two feeds that it has for a frame, unless the usual one is asked for."""

    def __init__(self, bars: pl.DataFrame, rule: Rule, *, usual_feed: bool = False) -> None:
        self.rule, self.usual_feed = rule, usual_feed
        columns = ["open", "high", "low", "close", "volume"]
        self.frame = pd.DataFrame({name: bars[name].to_numpy() for name in columns}, index=_stamps(bars))
        self.bar_of = {backtrader.date2num(stamp): bar for bar, stamp in enumerate(self.frame.index.to_pydatetime())}

        class Cross(backtrader.Strategy):
            def __init__(self) -> None:
                self.fast = backtrader.ind.ExponentialMovingAverage(self.data.close, period=rule.fast)
                self.slow = backtrader.ind.ExponentialMovingAverage(self.data.close, period=rule.slow)
                self.fills: list[tuple[float, float]] = []

            def notify_order(self, order: backtrader.Order) -> None:
                if order.status == order.Completed:
                    self.fills.append((order.executed.dt, order.executed.price))

            def next(self) -> None:
                if len(self) <= rule.idle:
                    return
                if self.fast[0] > self.slow[0]:
                    if not self.position:
                        self.buy(size=rule.quantity)
                elif self.position:
                    self.close()

        self.strategy = Cross

    def prepare(self) -> Callable[[], Callable[[], Account]]:
        cerebro = backtrader.Cerebro(stdstats=False)
        feed = backtrader.feeds.PandasData if self.usual_feed else backtrader.feeds.PandasDirectData
        cerebro.adddata(feed(dataname=self.frame, openinterest=-1))
        cerebro.addstrategy(self.strategy)
        cerebro.broker.setcash(self.rule.cash)
        cerebro.broker.setcommission(self.rule.commission, commtype=backtrader.CommInfoBase.COMM_FIXED, stocklike=True)

        def run() -> Callable[[], Account]:
            [strategy] = cerebro.run()
            return lambda: self._account(strategy)

        return run

    def _account(self, strategy: backtrader.Strategy) -> Account:
        fills = [(self.bar_of[number], price) for number, price in strategy.fills]
        return Account(np.array(fills, dtype=float).reshape(-1, 4), float(strategy.broker.getvalue()))


class Cross(Strategy):
    """NautilusTrader's example `EMACrossLongOnly` without its log lines; the average is its compiled one."""

    def __init__(self, bar_type: BarType, rule: Rule, begin: int) -> None:
        super().__init__()
        self.bar_type, self.instrument_id, self.begin = bar_type, bar_type.instrument_id, begin
        self.quantity = Quantity.from_int(rule.quantity)
        self.fast, self.slow = ExponentialMovingAverage(rule.fast), ExponentialMovingAverage(rule.slow)

    def on_start(self) -> None:
        self.register_indicator_for_bars(self.bar_type, self.fast)
        self.register_indicator_for_bars(self.bar_type, self.slow)
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Bar) -> None:
        if bar.ts_event <= self.begin:
            return
        if self.fast.value > self.slow.value:
            if self.portfolio.is_flat(self.instrument_id):
                self._send(OrderSide.BUY)
        elif self.portfolio.is_net_long(self.instrument_id):
            self._send(OrderSide.SELL)

    def _send(self, side: OrderSide) -> None:
        self.submit_order(self.order_factory.market(self.instrument_id, side, self.quantity))


class Nautilus:
    """NautilusTrader: log, risk checks, the exchange's queue of messages and the final analysis are off. A bar is
    stamped with its end, and an order made then fills at once, at its close."""

    def __init__(self, bars: pl.DataFrame, rule: Rule) -> None:
        self.rule, self.last = rule, len(bars) - 1
        self.engine = BacktestEngine(
            BacktestEngineConfig(
                logging=LoggingConfig(bypass_logging=True), risk_engine=RiskEngineConfig(bypass=True),
                run_analysis=False,
            )
        )  # fmt: skip
        venue = Venue("XNSE")
        self.engine.add_venue(
            venue, OmsType.NETTING, AccountType.CASH, [Money(rule.cash, INR)], base_currency=INR,
            fee_model=PerContractFeeModel(Money(rule.commission, INR)), use_message_queue=False,
        )  # fmt: skip
        name = InstrumentId(Symbol("BENCH"), venue)
        self.engine.add_instrument(
            Equity(name, Symbol("BENCH"), INR, 2, Price.from_str("0.05"), Quantity.from_int(1), 0, 0)
        )
        self.bar_type = BarType.from_str(f"{name}-1-MINUTE-LAST-EXTERNAL")
        self.ends = (bars["timestamp"] + timedelta(minutes=1)).dt.timestamp("ns").to_numpy().astype(np.uint64)
        names = ("open", "high", "low", "close", "volume")
        prices = [bars[each].cast(pl.Float64).to_numpy(writable=True) for each in names]
        self.engine.add_data(Bar.from_raw_arrays_to_list(self.bar_type, 2, 0, *prices, self.ends, self.ends))

    def prepare(self) -> Callable[[], Callable[[], Account]]:
        self.engine.reset()
        self.engine.clear_strategies()
        self.engine.add_strategy(Cross(self.bar_type, self.rule, int(self.ends[self.rule.idle - 1])))

        def run() -> Callable[[], Account]:
            self.engine.run()
            return self._account

        return run

    def _account(self) -> Account:
        """A fill at a bar's end is a fill at the next bar's start: its bar is the next one."""
        orders = sorted(self.engine.cache.orders(), key=lambda order: order.ts_last)
        stamps = np.array([order.ts_last for order in orders], dtype=np.uint64)
        bars = np.searchsorted(self.ends, stamps) + 1
        fills = np.column_stack([bars, [order.avg_px for order in orders]])
        equity = self.engine.cache.account_for_venue(Venue("XNSE")).balance_total(INR).as_decimal()
        return Account(fills.astype(float).reshape(-1, 4), float(Decimal(equity)))


def _stamps(bars: pl.DataFrame) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(bars["timestamp"].dt.replace_time_zone(None).to_numpy())


def _average(close: np.ndarray, period: int, idle: int) -> np.ndarray:
    """The exponential average; unknown for the first `idle` bars, for which backtesting.py then does not ask."""
    average = pd.Series(close).ewm(span=period, adjust=False).mean().to_numpy()
    average[:idle] = np.nan
    return average
