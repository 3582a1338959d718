from datetime import date
from pathlib import Path

import pytest

from hermes.cli.backtest import check_outputs
from hermes.cli.request import (
    OFF,
    build_request,
    parse_charges,
    parse_day,
    parse_mode,
    parse_params,
    parse_share,
    parse_sizing,
)
from hermes.errors import UsageError


def test_parameters_keep_their_type() -> None:
    words = ["period=14", "width=2.5", "name=fast one", "on=true", "list=[1, 2]", "odd=NaN", "text=a=b", "none="]
    assert parse_params(words) == {
        "period": 14,
        "width": 2.5,
        "name": "fast one",
        "on": True,
        "list": [1, 2],
        "odd": "NaN",
        "text": "a=b",
        "none": "",
    }


def test_days() -> None:
    assert parse_day("2024-02-29", "--to") == date(2024, 2, 29)
    assert parse_day(None, "--to") is None
    for text in ("2023-02-29", "yesterday", "", "01-02-2024"):
        with pytest.raises(UsageError, match=f"--to {text!r} is not a day"):
            parse_day(text, "--to")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("all_in", {"mode": "all_in"}),
        ("percent_equity", {"mode": "percent_equity"}),
        ("percent_equity=0.25", {"mode": "percent_equity", "fraction": 0.25}),
        ("fixed_quantity=50", {"mode": "fixed_quantity", "quantity": 50}),
        ("ATR:risk=0.02,multiple=3", {"mode": "atr", "risk": 0.02, "multiple": 3}),
    ],
)
def test_sizing_in_its_three_forms(text: str, fields: dict[str, object]) -> None:
    assert parse_sizing(text) == fields


def test_no_limit_of_volume_is_not_the_same_as_no_option() -> None:
    assert parse_share("None") is OFF
    given = {"symbol": "TCS", "strategy": "RSIStrategy"}
    assert build_request(given | {"max_volume_share": OFF}, {}).max_volume_share is None
    assert build_request(given | {"max_volume_share": parse_share(None)}, {}).max_volume_share == 0.10
    assert build_request(given | {"max_volume_share": parse_share("0.5")}, {}).max_volume_share == 0.5


def test_a_factor_of_an_impact_that_is_off_is_refused() -> None:
    given = {"symbol": "TCS", "strategy": "RSIStrategy", "impact_k": "2"}
    with pytest.raises(UsageError, match="--impact-k 2 has no effect without --impact square_root"):
        build_request(given, {})
    assert build_request(given | {"impact": "square_root"}, {}).impact_k == 2.0


def test_a_schedule_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rates.json"
    path.write_text('{"commission_per_share": 0.5}')
    assert parse_charges(str(path)) == {"commission_per_share": 0.5}
    assert parse_charges("Zerodha") == "zerodha"
    path.write_text("{broken")
    with pytest.raises(UsageError, match="is not JSON"):
        parse_charges(str(path))
    path.write_text("[]")
    with pytest.raises(UsageError, match="must hold one JSON object"):
        parse_charges(str(path))


def test_outputs_that_cannot_be_are_refused_before_the_work(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(UsageError, match=r"--html .* is a folder"):
        check_outputs(tmp_path, None, None)
    with pytest.raises(UsageError, match=r"--json .* does not exist"):
        check_outputs(None, None, str(tmp_path / "absent" / "r.json"))
    with pytest.raises(UsageError, match=r"--csv .* is a file"):
        check_outputs(None, taken, None)
    check_outputs(tmp_path / "r.html", tmp_path / "new" / "folder", "-")


def test_several_symbols_run_in_event_mode_and_one_as_the_model_says() -> None:
    assert parse_mode(None, ["TCS"]) is None
    assert parse_mode(None, ["INFY", "TCS"]) == "event"
    assert parse_mode("Vector", ["TCS"]) == "vector"
    assert parse_mode("event", ["INFY", "TCS"]) == "event"


def test_several_symbols_in_vector_mode_are_refused_with_the_remedy() -> None:
    with pytest.raises(UsageError, match=r"--mode vector takes one symbol, not 3\. .* give --mode event, or leave"):
        parse_mode("vector", ["INFY", "SBIN", "TCS"])
