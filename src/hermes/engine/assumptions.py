"""The rules in force during a run, in words, and the sentences that must be read before its numbers."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from hermes.engine.load import Part
from hermes.engine.request import BacktestRequest
from hermes.engine.result import Assumption
from hermes.engine.run import Run
from hermes.market import IST, InstrumentType, Product
from hermes.strategy import Strategy

FEW_TRADES = 30
"""Below so many round trips, averages and ratios say little."""


def list_assumptions(request: BacktestRequest, parts: Sequence[Part]) -> tuple[Assumption, ...]:
    """Every parameter that could have been another, with its value; where symbols differ, each one's."""
    schedule = parts[0].schedule
    share = request.max_volume_share
    slippage = (
        f"{request.impact_k:g} x daily volatility x sqrt(quantity / average daily volume)"
        if request.impact
        else f"{request.slippage:.4%}"
    )
    rows = [
        Assumption("engine", request.mode, "one compiled pass over every bar" if request.mode == "vector"
                   else "bar by bar over the event bus"),
        Assumption("timeframe", request.timeframe.value, "built from stored bars, anchored at the session's open"),
        Assumption("daily bars", _each(parts, lambda part: "exchange's own" if part.source.official_daily
                                       else "built from minutes")),
        Assumption("prices", _each(parts, lambda part: "adjusted" if part.source.adjusted else "as traded")),
        Assumption("fill_at", request.fill_at, "an order made at a bar's close fills from the next open on"
                   if request.fill_at == "next_open" else "optimistic: fills at the close that gave the signal"),
        Assumption("intrabar", request.intrabar, "stop and target in one bar: the stop is taken"
                   if request.intrabar == "pessimistic" else "stop and target in one bar: the target is taken"),
        Assumption("slippage", slippage, "against the trader, on market fills"),
        Assumption("charges", schedule.name, f"{_each(parts, lambda part: part.schedule.segment)}, dated; each item "
                   "to the paisa" if schedule.rounding == "paisa" else schedule.segment),
        Assumption("max_volume_share", "off" if share is None else f"{share:.0%}", "of a bar's volume may fill"),
        Assumption("zero-volume bars", _each(parts, lambda part: "fill nothing" if part.volume_known else "fill"),
                   "" if all(part.volume_known for part in parts) else "bars that fill have no volume (index data)"),
        Assumption("tick rounding", _each(parts, lambda part: "on" if part.ticks_rounded else "off"),
                   "against the trader" if all(part.ticks_rounded for part in parts)
                   else "adjusted prices are off the tick" if any(part.source.adjusted for part in parts) else ""),
        Assumption("price bands", _each(parts, lambda part: "on" if request.price_bands and not part.source.adjusted
                                        else "off"),
                   "a bar locked at its band fills nothing on the locked side"),
        Assumption("product", request.product.value, "delivery, long only" if request.product is Product.CNC
                   else f"intraday, squared off; leverage {request.leverage:g}"),
        Assumption("lot", _each(parts, lambda part: f"{part.lot:g}" if part.lot else "fractional")),
        Assumption("sizing", request.sizing.mode, ", ".join(
            f"{name}={value:g}" for name, value in request.sizing.model_dump(exclude={"mode"}).items())),
        *(Assumption(name, f"{value:g}") for name, value in request.risk.model_dump().items() if value),
        Assumption("initial_cash", f"{request.initial_cash:g}"),
        Assumption("risk_free_rate", f"{request.risk_free_rate:.2%}", "a year"),
        Assumption("end of data", "closed at the last close", "with slippage and charges, as a trade of its own"),
    ]  # fmt: skip
    return tuple(rows)


def _each(parts: Sequence[Part], word: Callable[[Part], str]) -> str:
    """The word of every part: once where all agree, else by symbol."""
    words = {part.symbol: word(part) for part in parts}
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return ", ".join(f"{symbol} {each}" for symbol, each in words.items())


def list_warnings(request: BacktestRequest, strategy: Strategy, parts: Sequence[Part], run: Run) -> tuple[str, ...]:
    """Loud lines: what makes the numbers less than they seem; of several symbols, each line names its own."""
    found = []
    for part in parts:
        name = f"{part.symbol}: " if len(parts) > 1 else ""
        lines = (*_of_the_bars(request, part), *_of_their_quality(request, part), *_of_the_instrument(part))
        found += [f"{name}{line}" for line in lines]
    return (*found, *_of_the_rules(request, strategy), *_of_the_outcome(parts, run))


def _of_the_bars(request: BacktestRequest, part: Part) -> Iterator[str]:
    source = part.source
    if source.synthetic:
        yield "Synthetic sample: these prices are generated, not traded. The result says nothing about a market."
    if request.start_date and source.first_day and source.first_day > request.start_date:
        yield f"The stored bars begin on {source.first_day}, after the first day asked for ({request.start_date})."
    if request.end_date and source.last_day and source.last_day < request.end_date:
        yield f"The stored bars end on {source.last_day}, before the last day asked for ({request.end_date})."
    if not part.volume_known:
        yield "These bars have no volume, so nothing limits how much of an order fills."


def _of_their_quality(request: BacktestRequest, part: Part) -> Iterator[str]:
    quality = part.quality
    if quality is None or quality.clean:
        return
    if quality.bad_rows:
        kept = {"drop": "were left out", "keep": "were kept", "raise": "were found"}[request.quality]
        yield f"Bad bars {kept}. {quality.summary()}. See `hermes data check {part.symbol}`."
    jumps = quality.count("price_jump")
    if jumps and not part.source.adjusted:
        yield f"{jumps} price jump(s) beyond the band: a split or bonus that is not adjusted, or a bad price."


def _of_the_instrument(part: Part) -> Iterator[str]:
    if part.instrument.type is InstrumentType.INDEX:
        yield f"{part.symbol} is an index, which cannot be bought; it is charged as if it were a share."
    if not part.schedule.covers(datetime.fromtimestamp(part.first_us / 1e6, IST).date()):
        known = part.schedule.rates[0].valid_from
        yield f"Charges before {known} are not known; the rates of that day were used for the days before it."


def _of_the_rules(request: BacktestRequest, strategy: Strategy) -> Iterator[str]:
    if request.fill_at == "close" and strategy.gives_targets():
        yield "Optimistic: orders fill at the very close that gave the signal (fill_at=close)."
    if request.intrabar == "optimistic":
        yield "Optimistic: where a bar reaches both stop and target, the target is taken (intrabar=optimistic)."
    if request.mode == "vector" and strategy.sees_bars():
        yield f"{request.strategy} defines on_bar, which the vector engine does not call: only its signals() were run."


def _of_the_outcome(parts: Sequence[Part], run: Run) -> Iterator[str]:
    trades = len(run.trades)
    if trades == 0:
        yield "No trades: the strategy never entered, or every entry was refused."
    elif trades < FEW_TRADES:
        yield f"Only {trades} trade{'' if trades == 1 else 's'}: under {FEW_TRADES}, the averages say little."
    short_targets = sum(part.short_targets for part in parts) + run.own.short_targets
    if short_targets:
        yield f"{short_targets:,} short targets counted as flat: product CNC is long only."
    refused = len(run.refusals)
    if refused:
        yield f"{refused:,} entr{'y was' if refused == 1 else 'ies were'} refused; see the rejections."
    rejected = len(run.own.refused_changes) + sum(each.is_rejected for each in run.own.orders)
    if rejected:
        were = "was" if rejected == 1 else "were"
        yield f"{rejected:,} of the strategy's own orders {were} refused; see the rejections."
