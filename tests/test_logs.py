import json
import logging
from collections.abc import Iterator

import pytest

from hermes.logs import configure_logging
from hermes.settings import Settings


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    logger = logging.getLogger("hermes")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers[:], logger.level, logger.propagate = before[0], before[1], before[2]


def test_json_lines_carry_level_logger_and_extra_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings(log_format="json", log_level="INFO"))
    logging.getLogger("hermes.data").info("read %d bars", 3, extra={"symbol": "TCS"})
    logging.getLogger("hermes.data").debug("not shown")
    captured = capsys.readouterr()
    line = json.loads(captured.err)
    assert captured.out == ""
    assert (line["event"], line["level"], line["logger"], line["symbol"]) == (
        "read 3 bars",
        "info",
        "hermes.data",
        "TCS",
    )
    assert line["timestamp"].endswith("Z")


def test_the_console_form_is_key_value_and_is_set_only_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logging(Settings(log_format="console"))
    logging.getLogger("hermes").warning("careful")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "event='careful'" in lines[0]


def test_auto_is_json_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings())
    try:
        int("odd")
    except ValueError:
        logging.getLogger("hermes").exception("failed")
    assert "ValueError: invalid literal" in json.loads(capsys.readouterr().err)["exception"]
