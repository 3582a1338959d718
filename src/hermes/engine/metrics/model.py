"""The metrics' names, units, formulas and sources; `None` where a formula has no value."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class Metrics(BaseModel):
    """Numbers that describe one run: fractions, not percent; money in rupees; None is undefined.

    E_0 is the initial cash and E_i the equity at the last mark of session i = 1..s; r_i = E_i / E_(i-1) - 1
    are the daily returns, f = (1 + risk_free_rate)^(1/252) - 1 the daily risk-free rate, x_i = r_i - f.
    On weekly bars a week takes the session's place, and 52 that of 252.
    Whatever needs r is None when an equity before the last one is not positive.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    initial_cash: float = Field(description="E_0, what the account held before the first bar.")
    final_equity: float = Field(description="E_s, cash + position x close at the last mark.")
    sessions: int = Field(description="s, the number of sessions with at least one bar.")
    bars: int = Field(description="Number of bars simulated.")

    total_return: float = Field(description="E_s / E_0 - 1. Source: empyrical cum_returns_final.")
    cagr: float | None = Field(
        description="(E_s / E_0)^(365.25 / d) - 1, d = calendar days from the first to the last session, "
        "both counted; None when E_s < 0. Source: CFA Institute, GIPS (annualised return), with "
        "years of 365.25 days."
    )
    annual_volatility: float | None = Field(
        description="std(r) x sqrt(252), std with s - 1 in the divisor; None under 2 sessions. "
        "Source: empyrical annual_volatility."
    )
    sharpe_ratio: float | None = Field(
        description="mean(x) / std(x) x sqrt(252), std with s - 1 in the divisor; None when std is 0 or "
        "s < 2. Source: Sharpe (1994), The Sharpe Ratio; quantstats sharpe."
    )
    sortino_ratio: float | None = Field(
        description="mean(x) / sqrt(mean(min(x, 0)^2)) x sqrt(252), the mean over all sessions; None when no "
        "x is negative or s < 2. Source: Red Rock Capital, Sortino: A Sharper Ratio; quantstats "
        "sortino."
    )
    calmar_ratio: float | None = Field(
        description="cagr / |max_drawdown|; None when there was no drawdown or no cagr. Source: Young (1991)."
    )

    max_drawdown: float = Field(
        description="min over i of E_i / max(E_0..E_i) - 1, zero or negative. Source: empyrical max_drawdown."
    )
    max_drawdown_start: date | None = Field(
        description="Session of the peak before the deepest trough (the last one, if the peak was reached "
        "several times; the first session, if the peak is the initial cash); None without a "
        "drawdown."
    )
    max_drawdown_trough: date | None = Field(description="Session of the deepest trough; None without a drawdown.")
    max_drawdown_recovery: date | None = Field(
        description="First session after the trough whose equity is at least the peak's; None when there is none."
    )
    max_drawdown_sessions: int = Field(
        description="Sessions from the peak to the recovery, or to the last session where there is no "
        "recovery; the peak's own session is not counted."
    )
    longest_drawdown_sessions: int = Field(
        description="The longest run of consecutive sessions whose equity is below the highest one before."
    )

    exposure: float = Field(description="Share of bars at whose close the position is not 0.")
    turnover: float | None = Field(
        description="Sum of quantity x price of all fills, buys and sells, / mean(E_1..E_s); None when that "
        "mean is not positive. Not annualised."
    )
    annual_turnover: float | None = Field(description="turnover x 252 / s.")

    trades: int = Field(description="Number of closed round trips (first in, first out).")
    win_rate: float | None = Field(description="Share of trades with net > 0; None without a trade.")
    profit_factor: float | None = Field(
        description="Sum of net of winners / |sum of net of losers|; None without a loser. "
        "Source: quantstats profit_factor, on trades."
    )
    expectancy: float | None = Field(description="mean(net) per trade, in money; None without a trade.")
    average_trade_return: float | None = Field(
        description="mean(net / notional at entry) per trade; None without a trade."
    )
    average_win: float | None = Field(description="mean(net) of trades with net > 0; None without one.")
    average_loss: float | None = Field(description="mean(net) of trades with net < 0, negative; None without one.")
    payoff_ratio: float | None = Field(
        description="average_win / |average_loss|; None without a winner or without a loser. "
        "Source: quantstats payoff_ratio, on trades."
    )
    best_trade: float | None = Field(description="max(net); None without a trade.")
    worst_trade: float | None = Field(description="min(net); None without a trade.")
    longest_losing_run: int = Field(
        description="The most trades with net < 0 in a row. Source: quantstats consecutive_losses, on trades."
    )
    average_bars_held: float | None = Field(description="mean(bars from entry to exit); None without a trade.")

    total_charges: float = Field(description="Sum of all charges of all fills.")
    brokerage: float = Field(description="Brokerage paid.")
    stt: float = Field(description="Securities transaction tax paid.")
    transaction: float = Field(description="Exchange transaction charges paid.")
    sebi: float = Field(description="SEBI turnover fee paid.")
    ipft: float = Field(description="Contribution to the exchange's investor protection fund paid.")
    stamp: float = Field(description="Stamp duty paid.")
    gst: float = Field(description="Goods and services tax paid.")
    dp: float = Field(description="Depository participant's charges paid.")

    benchmark_return: float | None = Field(
        description="B_s / B_0 - 1: the benchmark bought at its first bar's close (B_0) and held to the "
        "last; None where a price is missing or not positive."
    )
    benchmark_cagr: float | None = Field(description="(B_s / B_0)^(365.25 / d) - 1, d as in cagr.")
    benchmark_max_drawdown: float | None = Field(description="As max_drawdown, of B_0..B_s.")
    beta: float | None = Field(
        description="cov(x, b - f) / var(b - f), b the benchmark's daily returns, both with s - 1 in the "
        "divisor; None when the benchmark did not move or s < 2. Source: Jensen (1968); "
        "quantstats greeks."
    )
    alpha: float | None = Field(
        description="252 x (mean(x) - beta x mean(b - f)), not compounded; None without beta. "
        "Source: Jensen (1968); quantstats greeks."
    )
