"""What is installed on a machine: units in a sandbox, a proxy that believes nobody, an image without rights."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "deploy").glob("*.service"))
MOST_EXPOSURE = 2.5


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_there_is_a_unit_for_each_part_of_the_service() -> None:
    started = {re.findall(r"^ExecStart=.* -m api\.cli (\w+)$", unit.read_text("utf-8"), re.M)[0] for unit in UNITS}
    assert started == {"serve", "night", "deliver"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_writes_for_its_owner_alone_and_has_no_rights(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    for line in (
        "UMask=0077",
        "User=pole-sud",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
    ):
        assert line in lines
    assert [line for line in lines if line.startswith("ReadWritePaths=")] == ["ReadWritePaths=/srv/pole-sud/var"]
    (hidden,) = [line for line in lines if line.startswith("InaccessiblePaths=")]
    assert "-/srv/pole-sud/.git" in hidden.partition("=")[2].split()
    # The reader of untrusted files sets its own limits: this group of calls must stay open.
    assert not any(line.startswith("SystemCallFilter=~") and "@resources" in line for line in lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_exposure_of_a_unit_is_low_and_as_documented(unit: Path) -> None:
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True, check=False
    ).stdout
    found = re.search(rf"exposure level for {re.escape(unit.name)}: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST_EXPOSURE
    documented = re.search(rf"\| `{re.escape(unit.name)}` \| ([\d.]+) \|", text("docs/deployment.md"))
    assert documented
    # Other versions of systemd weigh a little differently.
    assert abs(float(documented[1]) - float(found[1])) <= 0.3


def test_the_proxy_sets_who_the_client_is_and_limits_what_it_sends() -> None:
    proxy = text("deploy/Caddyfile")
    for line in (
        "header_up X-Forwarded-For {remote_host}",
        "header_up X-Forwarded-Proto {scheme}",
        "header_up -Forwarded",
        "max_header_size 16KB",
        "max_size 21MB",
        "read_header 10s",
    ):
        assert line in proxy
    assert not re.search(r"^\s*(log|header_up \+)", proxy, re.M)


def test_the_proxy_speaks_tls_of_today_with_a_public_certificate_and_programs_nothing_else() -> None:
    proxy = text("deploy/Caddyfile")
    ciphers = re.findall(r"^\t\tciphers (.+)$", proxy, re.M)[0].split()
    assert "protocols tls1.2 tls1.3\n" in proxy
    # Forward secrecy and authenticated encryption alone; TLS 1.3 has no others.
    assert all(re.fullmatch(r"TLS_ECDHE_(ECDSA|RSA)_WITH_(AES_256_GCM|CHACHA20_POLY1305)_\w+", one) for one in ciphers)
    assert not re.search(r"^\s*tls (internal|\S+\.pem)|insecure|auto_https", proxy, re.M)
    in_clear = re.search(r"^http://rapprochements\.exemple\.fr \{\n(.+?)^\}", proxy, re.M | re.S)
    assert in_clear
    assert "@programs path /api/* /metrics" in in_clear[1]
    assert re.search(r'handle @programs \{\n\t\trespond "https" 403\n', in_clear[1])
    assert "redir https://rapprochements.exemple.fr{uri} 308" in in_clear[1]
    assert "reverse_proxy" not in in_clear[1]


def test_the_service_reaches_this_machine_alone() -> None:
    """It asks nobody else: mails and public sources are for the night and the deliveries, in units of their own."""
    lines = text("deploy/pole-sud.service").splitlines()
    assert "IPAddressDeny=any" in lines
    assert [line for line in lines if line.startswith("IPAddressAllow=")] == ["IPAddressAllow=localhost"]


def test_nothing_is_copied_into_the_image_but_what_serves() -> None:
    """Neither the history, nor tests, nor what somebody left in the folder: a secret, a database."""
    assert text(".dockerignore").split("\n", 2)[1] == "*"
    allowed = set(re.findall(r"^!(\S+)$", text(".dockerignore"), re.M))
    assert allowed == {"api", "matcher", "models", "fixtures", "requirements", "LICENSE", "README.md"}


def test_the_image_runs_without_rights_and_read_only() -> None:
    assert "USER pole-sud" in text("Dockerfile")
    assert "umask 0077" in text("Dockerfile")
    compose = text("compose.yaml")
    for words in ("read_only: true", "cap_drop:\n    - ALL", "no-new-privileges:true", '"127.0.0.1:8026:8026"'):
        assert words in compose


@pytest.mark.parametrize("name", ["serve", "build", "dev", "reference"])
def test_every_dependency_is_pinned_by_hash_but_torch(name: str) -> None:
    """torch is in a file of its own, pinned by version: its builds differ by index."""
    entries = re.split(r"\n(?=\S)", text(f"requirements/{name}.txt"))
    packages = [entry for entry in entries if re.match(r"[A-Za-z0-9]", entry)]
    assert len(packages) > 30
    assert [entry.split()[0] for entry in packages if "--hash=sha256:" not in entry or "==" not in entry] == []
    assert not any(re.match(r"torch==", entry) for entry in packages)
    torch = [line for line in text("requirements/torch.txt").splitlines() if line and not line.startswith("#")]
    assert len(torch) == 1
    assert re.fullmatch(r"torch==[\d.]+", torch[0])
