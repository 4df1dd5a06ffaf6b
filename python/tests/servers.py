"""Real servers on random ports of loopback: S3 by versitygw and MinIO, the web by nginx."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ACCESS_KEY, SECRET_KEY = "dvtest", "dvtestsecret"
_BUILT = Path(__file__).resolve().parents[2] / ".servers" / "bin"
_VARIABLES = {"versitygw": "DV_VERSITYGW", "minio": "DV_MINIO"}
_READY_SECONDS = 30


@dataclass(frozen=True)
class Bucket:
    """An S3 server with a bucket `dvtest`."""

    endpoint: str
    log: Path

    @property
    def options(self) -> dict[str, Any]:
        """What fsspec needs to be let in."""
        return {"key": ACCESS_KEY, "secret": SECRET_KEY, "endpoint_url": self.endpoint}

    @property
    def environment(self) -> dict[str, str]:
        """What the program needs to be let in, and nothing of the user's own configuration."""
        nowhere = str(self.log.parent / "none")
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def requests(self) -> int:
        """How many it answered so far. versitygw only."""
        return len(self.log.read_text().splitlines())


@dataclass(frozen=True)
class Web:
    """nginx, showing a folder."""

    url: str
    log: Path

    def requests(self) -> list[str]:
        """What it answered so far: 'GET /dv.json 200 173', with the range that was asked for behind it."""
        return self.log.read_text().splitlines()


def program(name: str) -> str:
    """Where the program of a server is; without it the test is skipped, in CI it fails."""
    places = [
        os.environ.get(_VARIABLES.get(name, ""), ""),
        str(_BUILT / name),
        shutil.which(name),
        f"/usr/sbin/{name}",
    ]
    for place in places:
        if place and Path(place).exists():
            return place
    message = f"{name} is not here: .ci/servers and .ci/run bring what tests need"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def s3_server(kind: str, folder: Path) -> Iterator[Bucket]:
    """A server of a kind with an empty bucket."""
    port, data, log = _free_port(), folder / "data", folder / "access.log"
    (data / "dvtest").mkdir(parents=True)
    environment = {**os.environ, "MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY}
    if kind == "minio":
        command = [program(kind), "server", "--quiet", "--address", f"127.0.0.1:{port}", str(data)]
    else:
        owner = ["--access", ACCESS_KEY, "--secret", SECRET_KEY]
        general = ["--port", f"127.0.0.1:{port}", "--quiet", "--access-log", str(log), *owner]
        command = [program(kind), *general, "posix", str(data)]
    with _running(command, port, folder, environment):
        bucket = Bucket(f"http://127.0.0.1:{port}", log)
        _wait_until_it_lists(bucket)
        yield bucket


@contextmanager
def web_server(root: Path, folder: Path, lines: str = "", tls: bool = False) -> Iterator[Web]:
    """nginx on a folder; `lines` of its `server` block. With `tls` nobody trusts its certificate."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    certificate = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;" if tls else ""
    if tls:
        _make_certificate(folder)
    temporary = "\n".join(
        f"{n}_temp_path {folder}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{}}
        http {{
          log_format counted '$request_method $uri $status $body_bytes_sent $http_range';
          access_log {folder}/access.log counted;
          {temporary}
          default_type application/octet-stream;
          server {{ listen 127.0.0.1:{port}{" ssl" if tls else ""}; {certificate} root {root}; {lines} }}
        }}""")
    command = [program("nginx"), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with _running(command, port, folder, dict(os.environ)):
        yield Web(f"{'https' if tls else 'http'}://localhost:{port}", folder / "access.log")


@contextmanager
def _running(command: list[str], port: int, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            _wait_until_it_listens(process, port, folder)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError((folder / "output").read_text())


def _wait_until_it_lists(bucket: Bucket) -> None:
    """MinIO listens before it can do anything."""
    import fsspec

    fs = fsspec.filesystem("s3", **bucket.options, skip_instance_cache=True)
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            fs.ls("dvtest", refresh=True)
            return
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_certificate(folder: Path) -> None:
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", "req", *kind, *files], check=True, capture_output=True)
