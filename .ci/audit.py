"""Look up locked packages among known vulnerabilities; fail on a finding, not on a service out of reach."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def main(lock: str) -> int:
    """Return 1 if a locked package has a known vulnerability, 2 if pip-audit itself is broken, else 0."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "audit.json"
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--requirement",
            lock,
            "--disable-pip",
            "--require-hashes",
        ]
        command += [
            "--progress-spinner",
            "off",
            "--timeout",
            "15",
            "--format",
            "json",
            "--output",
            str(answer),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if not answer.is_file() or not answer.stat().st_size:
            return _without_answer(run.stderr)
        packages: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
    unchecked = [package["name"] for package in packages if "skip_reason" in package]
    found = [(package, each) for package in packages for each in package.get("vulns", [])]
    for package, each in found:
        fixed = ", ".join(each["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {each['id']} (fixed in {fixed})")
    print(f"{len(packages) - len(unchecked)} packages checked, {len(found)} known vulnerabilities.")
    if unchecked:
        print(f"WARNING: the advisory service does not know {len(unchecked)} packages; they are unchecked.")
    return 1 if found else 0


def _without_answer(errors: str) -> int:
    last = errors.strip().splitlines()[-1] if errors.strip() else "no message"
    unreachable = (
        "ServiceError",
        "ConnectionError",
        "Connection",
        "Timeout",
        "timed out",
        "HTTPError",
        "SSLError",
    )
    if any(word in errors for word in unreachable):
        print(f"WARNING: no advisory service could be reached, so no package is checked: {last}")
        return 0
    print(errors)
    print("pip-audit failed for a reason other than the network.")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
