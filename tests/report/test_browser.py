import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hermes.engine import BacktestResult
from hermes.report.page import page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    """A Chromium of the system."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    return found


def test_a_browser_draws_the_page_without_a_complaint(browser: str, result: BacktestResult, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text(page(result), encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1280,900"]
    words += [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000", "--dump-dom", target.as_uri()]
    done = subprocess.run([browser, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    complaints = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert complaints == []
    assert done.stdout.count("<canvas") >= 8  # panes and axes of both charts
    rows = re.search(r"<tbody>(.*?)</tbody>", done.stdout.partition('id="trades"')[2], re.DOTALL)
    assert rows is not None
    assert rows[1].count("<tr") == min(result.trades.height, 25)
    legend = re.search(r'id="legend">(.*?)</div>', done.stdout, re.DOTALL)
    assert legend is not None
    assert "2024-06-28 15:15" in legend[1]
    assert "rsi" in legend[1]
