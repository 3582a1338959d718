"""The examples of the guide's part on strategies that see every bar run as they are printed."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import hermes
from hermes.data.sample import generate_sample
from hermes.settings import get_settings
from hermes.strategy import Bar

GUIDE = Path(__file__).parents[2] / "docs" / "user-guide" / "strategies.md"


def examples() -> dict[str, str]:
    """Source by file name, or by its first line where it has none."""
    text = GUIDE.read_text(encoding="utf-8")
    part = text[text.index("\n## Strategies that see every bar\n") : text.index("\n## Where strategies are found\n")]
    found = re.findall(r"^```python\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    return {each.splitlines()[0].removeprefix("# "): each for each in found}


@pytest.fixture
def in_sample(sample_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HERMES_DATA_ROOT", str(sample_root))
    monkeypatch.setenv("HERMES_REGISTRY_ENABLED", "false")
    get_settings.cache_clear()
    return tmp_path


def run(folder: Path, name: str, **fields: Any) -> hermes.BacktestResult:
    (folder / name).write_text(examples()[name], encoding="utf-8")
    return hermes.backtest("RELIANCE", name, mode="event", timeframe="15m", **fields)


def test_the_crossing_buys_and_leaves_by_its_trailing_stop(in_sample: Path) -> None:
    result = run(in_sample, "crossing.py")

    assert result.trades.height > 5
    assert set(result.trades["reason"]) <= {"trailing", "end_of_data"}
    assert result.rejections.is_empty()


def test_the_inside_bar_sends_brackets_and_rests_after_a_loss(in_sample: Path) -> None:
    result = run(in_sample, "inside_bar.py", product="MIS")

    assert {"stop", "target"} <= set(result.trades["reason"])
    # What comes after the square-off; nothing is off the tick or impossible.
    assert set(result.rejections["reason"]) <= {"blocked"}
    sent = result.orders.select("type", "side").unique().rows()
    assert set(sent) == {("stop", "buy"), ("stop", "sell"), ("limit", "sell")}


def test_the_pair_of_the_text_runs(isolation: Path) -> None:
    generate_sample(isolation / "sample" / "minute", ["INFY", "TCS"])
    (call,) = re.findall(r"`(hermes\.backtest\(\[.*?\))`", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    result = eval(call, {"hermes": hermes})  # noqa: S307  the guide's own text

    assert set(result.trades["symbol"]) == {"INFY", "TCS"}


def test_the_streams_of_the_text_hold_what_it_says() -> None:
    exec(examples()["from hermes.strategy.indicators import Bollinger, EMA"], {})  # noqa: S102  the guide's own text


@pytest.mark.kernel
def test_the_live_feed_of_the_text_gives_a_target_a_bar() -> None:
    names: dict[str, Any] = {}
    exec(examples()["from hermes.strategy import TargetStream, create_strategy"], names)  # noqa: S102  as above
    history: pl.DataFrame | None = None
    feed = [Bar("ABC", minute * 60_000_000, 1.0, 1.0, 1.0, 1.0 + (minute > 200), 10.0) for minute in range(203)]
    targets = [target for _, target in names["follow"](history, feed)]
    assert targets[198:] == [None, 0, 0, 1, 1]
