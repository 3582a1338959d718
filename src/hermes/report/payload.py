"""Everything that a report's script draws and lists, as values that JSON knows; undefined is null."""

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from hermes.market.sessions import IST_OFFSET_US
from hermes.report.chart import MOST_BARS, charts, rounded, seconds

if TYPE_CHECKING:
    from hermes.engine import BacktestResult

DAILY_FROM_SESSIONS = 60
"""A run of at least so many sessions shows one equity mark a session; a shorter one shows every bar."""
MOST_TRADES = 20_000
"""Round trips listed on the page."""
MOST_ORDERS = 5_000
"""Own orders listed on the page."""


def payload(result: "BacktestResult", most: int = MOST_BARS) -> dict[str, Any]:
    """Charts by symbol with at most `most` candles each, the account's equity, trades and own orders."""
    return {
        "daily": not result.request.timeframe.intraday,
        "several": len(result.request.symbols) > 1,
        "charts": charts(result, most),
        "equity": _equity(result),
        "trades": _trades(result.trades.head(MOST_TRADES)),
        "orders": _orders(result.orders.head(MOST_ORDERS)),
    }


def _equity(result: "BacktestResult") -> dict[str, Any]:
    """Equity and drawdown, one mark a session or a bar; of one symbol also what the first cash would be had it bought
    that (`hold`, else null)."""
    frame = result.equity.select("timestamp", "equity")
    several = len(result.request.symbols) > 1
    if not several:
        frame = frame.with_columns(close=result.candles["close"])
    days = (frame["timestamp"].to_physical() + IST_OFFSET_US) // 86_400_000_000
    daily = bool(result.request.timeframe.intraday) and days.n_unique() >= DAILY_FROM_SESSIONS
    first = float(frame["close"][0]) if not several and frame.height else 1.0
    if daily:
        last = (days != days.shift(-1)).fill_null(value=True)
        frame = frame.filter(last)
    equity = frame["equity"].to_numpy()
    cash = float(result.request.initial_cash)
    peak = np.maximum.accumulate(np.concatenate(([cash], equity)))[1:]
    times = seconds(frame)
    if daily:
        # A session's mark stands at midnight: the axis then shows days alone.
        times = [each - each % 86_400 for each in times]
    return {
        "daily": daily or not result.request.timeframe.intraday,
        "time": times,
        "equity": rounded(frame["equity"], 2),
        "drawdown": rounded(pl.Series((equity / peak - 1) * 100), 3),
        "hold": None if several else rounded(frame["close"] / first * cash, 2),
    }


def _trades(frame: pl.DataFrame) -> dict[str, list[Any]]:
    return {
        "symbol": frame["symbol"].to_list(),
        "entry": seconds(frame, "entry_time"),
        "exit": seconds(frame, "exit_time"),
        "side": frame["side"].to_list(),
        "quantity": frame["quantity"].to_list(),
        "in": rounded(frame["entry_price"]),
        "out": rounded(frame["exit_price"]),
        "charges": rounded(frame["charges"], 2),
        "net": rounded(frame["net"], 2),
        "return": rounded(frame["return"] * 100, 3),
        "bars": frame["bars_held"].to_list(),
        "reason": [str(each).replace("_", " ") for each in frame["reason"]],
    }


def _orders(frame: pl.DataFrame) -> dict[str, list[Any]]:
    return {
        "id": frame["id"].to_list(),
        "sent": seconds(frame),
        "symbol": frame["symbol"].to_list(),
        "side": frame["side"].str.to_lowercase().to_list(),
        "type": [str(each).replace("_", " ").lower() for each in frame["type"]],
        "quantity": rounded(frame["quantity"]),
        "limit": rounded(frame["limit"]),
        "trigger": rounded(frame["trigger"]),
        "trail": rounded(frame["trail"] * 100),
        "tag": frame["tag"].to_list(),
        "status": frame["status"].to_list(),
        "filled": rounded(frame["filled"]),
        "price": rounded(frame["average_price"]),
        "reason": [str(each).replace("_", " ") for each in frame["reason"]],
    }
