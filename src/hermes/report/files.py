"""A result as files: JSON and CSV, each complete or not there at all.

Sums of floating-point numbers end in noise (118.91999999999999). What is money is written with six decimals at most,
far below a paisa; shares and ratios keep every digit.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from hermes.errors import HermesError

if TYPE_CHECKING:
    import polars as pl

    from hermes.engine import BacktestResult


_DECIMALS: Final = 6
_CHARGES: Final = ("brokerage", "stt", "transaction", "sebi", "ipft", "stamp", "gst", "dp", "charges", "total_charges")
_COLUMNS: Final = ("price", "entry_price", "exit_price", "gross", "net", "equity", "cash")
_ORDERS: Final = ("limit", "trigger", "average_price")
_METRICS: Final = (
    "initial_cash",
    "final_equity",
    "expectancy",
    "average_win",
    "average_loss",
    "best_trade",
    "worst_trade",
)
_MONEY: Final = frozenset((*_CHARGES, *_COLUMNS, *_ORDERS, *_METRICS))
_PARTS_WITH_MONEY: Final = ("metrics", "trades", "fills", "orders", "equity")


def json_text(result: "BacktestResult") -> str:
    """The whole result as one JSON object and a newline: numbers are numbers, undefined is null."""
    whole = result.to_dict()
    whole |= {name: _tidy(whole[name]) for name in _PARTS_WITH_MONEY}
    return json.dumps(whole, allow_nan=False, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_text(path: Path, text: str) -> Path:
    """Put `text` (UTF-8) at `path`. Raises HermesError where it cannot be written."""
    return _atomically(path, lambda stream: stream.write(text.encode()))


def write_csv(target: Path, result: "BacktestResult") -> list[Path]:
    """Write trades, fills, equity, rejections and, where the strategy sent any, its own orders; times in UTC (ISO
    8601); gives the paths.

    `target` is a folder (made if it is missing), or a name that ends in .csv: the trades go there, and the rest beside
    it as NAME.fills.csv and so on. Raises HermesError where it cannot be written.
    """
    tables = {name: getattr(result, name) for name in ("trades", "fills", "equity", "rejections", "orders")}
    if target.suffix == ".csv":
        paths = {name: target.with_suffix(f".{name}.csv") for name in tables} | {"trades": target}
    else:
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HermesError(f"The folder {target} cannot be made: {error.strerror}.") from None
        paths = {name: target / f"{name}.csv" for name in tables}
    if (
        not result.orders.height and not paths["orders"].exists()
    ):  # an earlier run's orders must not look like this one's
        del tables["orders"]
    return [_write_table(paths[name], table) for name, table in tables.items()]


def _write_table(path: Path, table: "pl.DataFrame") -> Path:
    import polars as pl

    money = [name for name, kind in table.schema.items() if name in _MONEY and kind.is_float()]
    tidy = table.with_columns(pl.Series(name, _tidy(table[name].to_list(), money=True), pl.Float64) for name in money)
    return write_text(path, tidy.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ"))


def _tidy(part: object, *, money: bool = False) -> Any:
    """`part` of JSON types with every amount of money rounded; `money` says that a number in it is one."""
    if isinstance(part, dict):
        return {name: _tidy(each, money=name in _MONEY) for name, each in part.items()}
    if isinstance(part, list):
        return [_tidy(each, money=money) for each in part]
    # Adding zero makes of -0.0, which a small loss would be rounded to, a plain one.
    return round(part, _DECIMALS) + 0.0 if money and isinstance(part, float) else part


def _atomically(path: Path, fill: Callable[[IO[bytes]], object]) -> Path:
    """Write beside `path` and rename: a reader sees the old file or the whole new one, and a failure leaves nothing."""
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    except OSError as error:
        raise HermesError(f"{path} cannot be written: {error.strerror}.") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise HermesError(f"{path} cannot be written: {error.strerror}.") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
