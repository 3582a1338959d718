import json
import subprocess
import sys
from pathlib import Path


def test_a_dead_database_is_a_log_line_and_the_backtest_goes_on(sample_root: Path, isolation: Path) -> None:
    command = [sys.executable, "-m", "hermes", "backtest", "RELIANCE", "--strategy", "RSIStrategy", "-t", "1d", "-q"]
    done = subprocess.run(
        command,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(isolation),
            "HERMES_DATA_ROOT": str(sample_root),
            "HERMES_DATABASE_URL": "postgresql+psycopg://someone:s3cret@127.0.0.1:1/nothing",
            "HERMES_LOG_FORMAT": "json",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert any(line["level"] == "warning" and "registry" in line["event"] for line in lines)
    assert "s3cret" not in done.stderr
