import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit.py"
# Stands in for pip-audit: answers with what the test wants, so that no advisory service is asked.
STAND_IN = """
import os, pathlib, sys
if answer := os.environ.get("ANSWER"):
    pathlib.Path(sys.argv[sys.argv.index("--output") + 1]).write_text(answer)
sys.stderr.write(os.environ.get("ERRORS", ""))
sys.exit(1)
"""
SOUND = {"name": "sound", "version": "1.0", "vulns": []}
HOLED = {"name": "holed", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


def audit(folder: Path, *packages: Mapping[str, object], errors: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "pip_audit.py").write_text(STAND_IN)
    answer = json.dumps({"dependencies": packages}) if packages else ""
    environment = {**os.environ, "PYTHONPATH": str(folder), "ANSWER": answer, "ERRORS": errors}
    command = [sys.executable, str(AUDIT), "some.lock"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_a_known_vulnerability_fails_and_is_named(tmp_path: Path) -> None:
    run = audit(tmp_path, SOUND, HOLED)
    assert run.returncode == 1
    assert "holed 2.0: PYSEC-1 (fixed in 2.1)" in run.stdout


def test_packages_without_findings_pass(tmp_path: Path) -> None:
    run = audit(tmp_path, SOUND)
    assert run.returncode == 0
    assert run.stdout == "1 packages checked, 0 known vulnerabilities.\n"


def test_packages_the_service_does_not_know_are_counted_aloud(tmp_path: Path) -> None:
    run = audit(tmp_path, SOUND, UNKNOWN)
    assert run.returncode == 0
    assert "WARNING" in run.stdout
    assert "1 packages checked" in run.stdout


@pytest.mark.parametrize("errors", ["requests.exceptions.ConnectionError: refused", "ReadTimeout: Read timed out"])
def test_a_service_out_of_reach_warns_and_passes(tmp_path: Path, errors: str) -> None:
    run = audit(tmp_path, errors=errors)
    assert run.returncode == 0
    assert "WARNING" in run.stdout


def test_a_broken_audit_fails(tmp_path: Path) -> None:
    run = audit(tmp_path, errors="invalid requirements file")
    assert run.returncode == 2
    assert "invalid requirements file" in run.stdout
