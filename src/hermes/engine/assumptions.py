"""The rules in force during a run, in words, and the sentences that must be read before its numbers."""

from collections.abc import Iterator
from datetime import date

from hermes.data import BarsSource, QualityReport
from hermes.engine.prepare import Prepared
from hermes.engine.request import BacktestRequest
from hermes.engine.result import Assumption
from hermes.engine.run import Run
from hermes.market import ChargeSchedule, Instrument, InstrumentType, Product

FEW_TRADES = 30
"""Below so many round trips, averages and ratios say little."""


def list_assumptions(
    request: BacktestRequest, prepared: Prepared, schedule: ChargeSchedule, source: BarsSource
) -> tuple[Assumption, ...]:
    """Every parameter that could have been another, with its value."""
    share = request.max_volume_share
    slippage = (
        f"{request.impact_k:g} x daily volatility x sqrt(quantity / average daily volume)"
        if request.impact
        else f"{request.slippage:.4%}"
    )
    rows = [
        Assumption("engine", request.mode, "one compiled pass over every bar"),
        Assumption("timeframe", request.timeframe.value, "built from stored bars, anchored at the session's open"),
        Assumption("daily bars", "exchange's own" if source.official_daily else "built from minutes"),
        Assumption("prices", "adjusted" if source.adjusted else "as traded"),
        Assumption("fill_at", request.fill_at, "an order made at a bar's close fills from the next open on"
                   if request.fill_at == "next_open" else "optimistic: fills at the close that gave the signal"),
        Assumption("intrabar", request.intrabar, "stop and target in one bar: the stop is taken"
                   if request.intrabar == "pessimistic" else "stop and target in one bar: the target is taken"),
        Assumption("slippage", slippage, "against the trader, on market fills"),
        Assumption("charges", schedule.name, f"{schedule.segment}, dated; each item to the paisa"
                   if schedule.rounding == "paisa" else schedule.segment),
        Assumption("max_volume_share", "off" if share is None else f"{share:.0%}", "of a bar's volume may fill"),
        Assumption("zero-volume bars", "fill nothing" if prepared.volume_known else "fill",
                   "" if prepared.volume_known else "these bars have no volume at all (index data)"),
        Assumption("tick rounding", "on" if prepared.ticks_rounded else "off",
                   "against the trader" if prepared.ticks_rounded else "adjusted prices are off the tick"
                   if source.adjusted else ""),
        Assumption("price bands", "on" if request.price_bands and not source.adjusted else "off",
                   "a bar locked at its band fills nothing on the locked side"),
        Assumption("product", request.product.value, "delivery, long only" if request.product is Product.CNC
                   else f"intraday, squared off; leverage {request.leverage:g}"),
        Assumption("lot", f"{prepared.lot:g}" if prepared.lot else "fractional"),
        Assumption("sizing", request.sizing.mode, ", ".join(
            f"{name}={value:g}" for name, value in request.sizing.model_dump(exclude={"mode"}).items())),
        *(Assumption(name, f"{value:g}") for name, value in request.risk.model_dump().items() if value),
        Assumption("initial_cash", f"{request.initial_cash:g}"),
        Assumption("risk_free_rate", f"{request.risk_free_rate:.2%}", "a year"),
        Assumption("end of data", "closed at the last close", "with slippage and charges, as a trade of its own"),
    ]  # fmt: skip
    return tuple(rows)


def list_warnings(
    request: BacktestRequest,
    instrument: Instrument,
    prepared: Prepared,
    run: Run,
    schedule: ChargeSchedule,
    source: BarsSource,
    quality: QualityReport | None,
) -> tuple[str, ...]:
    """Loud lines: what makes the numbers less than they seem."""
    return (
        *_of_the_bars(request, prepared, source),
        *_of_their_quality(request, source, quality),
        *_of_the_rules(request, instrument, prepared, schedule),
        *_of_the_outcome(prepared, run),
    )


def _of_the_bars(request: BacktestRequest, prepared: Prepared, source: BarsSource) -> Iterator[str]:
    if source.synthetic:
        yield "Synthetic sample: these prices are generated, not traded. The result says nothing about a market."
    if request.start_date and source.first_day and source.first_day > request.start_date:
        yield f"The stored bars begin on {source.first_day}, after the first day asked for ({request.start_date})."
    if request.end_date and source.last_day and source.last_day < request.end_date:
        yield f"The stored bars end on {source.last_day}, before the last day asked for ({request.end_date})."
    if not prepared.volume_known:
        yield "These bars have no volume, so nothing limits how much of an order fills."


def _of_their_quality(request: BacktestRequest, source: BarsSource, quality: QualityReport | None) -> Iterator[str]:
    if quality is None or quality.clean:
        return
    if quality.bad_rows:
        kept = {"drop": "were left out", "keep": "were kept", "raise": "were found"}[request.quality]
        yield f"Bad bars {kept}. {quality.summary()}. See `hermes data check {request.symbol}`."
    jumps = quality.count("price_jump")
    if jumps and not source.adjusted:
        yield f"{jumps} price jump(s) beyond the band: a split or bonus that is not adjusted, or a bad price."


def _of_the_rules(
    request: BacktestRequest, instrument: Instrument, prepared: Prepared, schedule: ChargeSchedule
) -> Iterator[str]:
    if instrument.type is InstrumentType.INDEX:
        yield f"{instrument.symbol} is an index, which cannot be bought; it is charged as if it were a share."
    if request.fill_at == "close":
        yield "Optimistic: orders fill at the very close that gave the signal (fill_at=close)."
    if request.intrabar == "optimistic":
        yield "Optimistic: where a bar reaches both stop and target, the target is taken (intrabar=optimistic)."
    first: date = prepared.session_days[0].item()
    if not schedule.covers(first):
        known = schedule.rates[0].valid_from
        yield f"Charges before {known} are not known; the rates of that day were used for the days before it."


def _of_the_outcome(prepared: Prepared, run: Run) -> Iterator[str]:
    trades = len(run.trades)
    if trades == 0:
        yield "No trades: the strategy never entered, or every entry was refused."
    elif trades < FEW_TRADES:
        yield f"Only {trades} trade{'' if trades == 1 else 's'}: under {FEW_TRADES}, the averages say little."
    if prepared.short_targets:
        yield f"{prepared.short_targets:,} short targets counted as flat: product CNC is long only."
    refused = len(run.refusals)
    if refused:
        yield f"{refused:,} entr{'y was' if refused == 1 else 'ies were'} refused; see the rejections."
