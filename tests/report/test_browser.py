import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hermes.engine import BacktestResult
from hermes.market import IST
from hermes.report.page import page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="module")
def browser() -> str:
    """A Chromium of the system."""
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    return found


def opened(browser: str, text: str, folder: Path) -> str:
    """The page as the browser has made it; nothing may be complained about."""
    target = folder / "report.html"
    target.write_text(text, encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1280,900"]
    words += [f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=3000", "--dump-dom", target.as_uri()]
    done = subprocess.run([browser, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if ":CONSOLE" in line] == []
    return done.stdout


def clicking(text: str, script: str) -> str:
    """The page with a script that does what a reader would; its policy, which forbids other scripts, taken out."""
    without = re.sub(r"<meta http-equiv=[^>]*>", "", text)
    assert without != text
    return without.replace("</body>", f"<script>{script}</script></body>")


def rows_of(dom: str, table: str) -> list[str]:
    body = re.search(r"<tbody>(.*?)</tbody>", dom.partition(f'id="{table}"')[2], re.DOTALL)
    assert body is not None
    return re.findall(r"<tr.*?</tr>", body[1], re.DOTALL)


def legend_of(dom: str) -> str:
    legend = re.search(r'id="legend">(.*?)</div>', dom, re.DOTALL)
    assert legend is not None
    return re.sub("<[^>]*>", "", legend[1])


def test_a_browser_draws_the_page_without_a_complaint(browser: str, result: BacktestResult, tmp_path: Path) -> None:
    dom = opened(browser, page(result), tmp_path)
    assert dom.count("<canvas") >= 8  # panes and axes of both charts
    assert len(rows_of(dom, "trades")) == min(result.trades.height, 25)
    assert "2024-06-28 15:15" in legend_of(dom)
    assert "rsi" in legend_of(dom)
    assert re.search(r'<select id="symbol"[^>]* hidden=""', dom)


def test_orders_of_brackets_are_listed_and_turned_page_by_page(
    browser: str, own_orders: BacktestResult, tmp_path: Path
) -> None:
    turn = "document.querySelector('#order-pages button:last-child').click()"
    rows = rows_of(opened(browser, clicking(page(own_orders), turn), tmp_path), "orders")
    assert len(rows) == 25
    assert '<td class="number">26</td>' in rows[0]


def test_a_click_on_a_trade_shows_its_symbol(browser: str, several: BacktestResult, tmp_path: Path) -> None:
    place = several.trades["symbol"].to_list().index("TCS")
    trade = several.trades.row(place, named=True)
    script = f"document.querySelectorAll('#trades tbody tr')[{place}].click();"
    script += "document.title=document.getElementById('symbol').value"
    dom = opened(browser, clicking(page(several), script), tmp_path)
    assert "<title>TCS</title>" in dom
    left = trade["exit_time"].astimezone(IST)
    assert f"{left:%Y-%m-%d %H:%M}" in legend_of(dom)
    assert f"{trade['exit_price']:,.2f}" in legend_of(dom)
    assert "Buy and hold" not in dom.partition('id="equity-legend"')[2].partition("</section>")[0]


def test_the_picker_changes_the_chart(browser: str, several: BacktestResult, tmp_path: Path) -> None:
    script = "const p=document.getElementById('symbol');p.value='TCS';p.dispatchEvent(new Event('change'))"
    close = several.bars_of("TCS")["close"][-1]
    assert f"{close:,.2f}" in legend_of(opened(browser, clicking(page(several), script), tmp_path))
