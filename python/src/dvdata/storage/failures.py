"""What file systems of fsspec raise, as failures of dv. Libraries are known by name: none of them is
imported.
"""

import asyncio
import ssl
from typing import Any

from dvdata.errors import (
    BadAddress,
    Denied,
    DvError,
    MissingDependency,
    NoCredentials,
    NoNetwork,
    NotFound,
    SystemFailed,
)

_EXTRAS = {"s3": "s3", "s3a": "s3", "http": "http", "https": "http"}
_PACKAGES = {
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
}
_NO_CREDENTIALS = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}
_NETWORK = {"ClientError", "HTTPClientError", "ConnectionError", "ReadTimeoutError"}
# Codes of S3, whatever status they come with.
_CREDENTIALS = {
    "InvalidAccessKeyId": "DV_BAD_CREDENTIALS",
    "SignatureDoesNotMatch": "DV_BAD_CREDENTIALS",
    "XAdminUserNotFound": "DV_BAD_CREDENTIALS",
    "ExpiredToken": "DV_EXPIRED_CREDENTIALS",
}
_BUSY = (429, 500, 502, 503, 504)


def failure_of(error: Exception, url: str) -> DvError:
    """The failure that an exception of a file system means."""
    if isinstance(error, DvError):
        return error
    status, code = _answer(error)
    details = {"url": url, "cause": type(error).__name__, "status": code or status}
    if code in _CREDENTIALS or _names(error) & _NO_CREDENTIALS:
        return NoCredentials(
            f"'{url}' cannot be read: {_told(error)}",
            code=_CREDENTIALS.get(code or "", "DV_NO_CREDENTIALS"),
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or storage_options={'anon': True}",
            details=details,
        )
    if isinstance(error, FileNotFoundError) or status == 404:
        return NotFound(f"There is no '{url}'", details=details)
    if isinstance(error, PermissionError) or status in (401, 403):
        return Denied(f"'{url}' may not be read: {_told(error)}", details=details)
    return _network_failure(error, url, status, details)


def _network_failure(error: Exception, url: str, status: int | None, details: dict[str, Any]) -> DvError:
    if isinstance(error, ssl.SSLError) or "ClientConnectorCertificateError" in _names(error):
        return NoNetwork(f"'{url}' is not trusted: {_told(error)}", code="DV_TLS", details=details)
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return NoNetwork(f"'{url}' does not answer", code="DV_TIMEOUT", details=details)
    if status in _BUSY:
        return NoNetwork(f"'{url}' is out of order: {_told(error)}", code="DV_UNAVAILABLE", details=details)
    if _names(error) & _NETWORK or isinstance(error, ConnectionError | OSError):
        return NoNetwork(f"'{url}' cannot be reached: {_told(error)}", details=details)
    return SystemFailed(f"'{url}' cannot be read: {_told(error)}", details=details)


def missing_dependency(error: Exception, url: str) -> DvError:
    """No file system for a URL: which package would bring one."""
    protocol = url.partition("://")[0]
    if isinstance(error, ImportError) and (protocol in _EXTRAS or protocol in _PACKAGES):
        package = f'"dv-data[{_EXTRAS[protocol]}]"' if protocol in _EXTRAS else _PACKAGES[protocol]
        return MissingDependency(
            f"'{protocol}://' needs a package that is not installed", hint=f"pip install {package}"
        )
    if isinstance(error, ImportError):
        return MissingDependency(f"'{protocol}://' needs a package that is not installed: {error}")
    return BadAddress(f"'{protocol}://' is no protocol that fsspec knows", details={"protocol": protocol})


def _chain(error: Exception) -> list[BaseException]:
    """An exception and those it came from: file systems wrap what their libraries raise."""
    return [one for one in (error, error.__cause__, error.__context__) if one is not None]


def _names(error: Exception) -> set[str]:
    return {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}


def _answer(error: Exception) -> tuple[int | None, str | None]:
    """The status of HTTP and the code of S3, as aiohttp, requests or botocore tell them."""
    for one in _chain(error):
        response: Any = getattr(one, "response", None)
        if isinstance(response, dict):
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return status, response.get("Error", {}).get("Code")
        status = getattr(one, "status", None)
        if isinstance(status, int):
            return status, None
    return None, None


def _told(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:300]
