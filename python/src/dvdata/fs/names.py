"""Names of the file system: an address of which the version is one part, and the path as it is.

Libraries cut names at slashes and make local files of their ends; URLs they hand over as users wrote them.
"""

from dataclasses import replace
from urllib.parse import quote

from dvdata.errors import BadAddress
from dvdata.format.addresses import Address, parse_address

PROTOCOL = "dv://"


def parse_name(text: str) -> Address:
    """The address that a text is: a URL, if it begins with the protocol, or a name. BadAddress or BadRevision
    else.
    """
    repo, at, rest = text.removeprefix(PROTOCOL).partition("@")
    if not at:
        raise BadAddress(
            "This is no address of a file in a version: no '@' stands behind the repository",
            hint="dv://REPO@REVISION/PATH; dv://REPO@/PATH is its default branch",
        )
    revision, slash, path = rest.partition("/")
    # Patterns have '?', which URLs of the program do not; of a name the path is not escaped at all.
    path = path.replace("?", "%3F") if text.startswith(PROTOCOL) else quote(path, errors="surrogatepass")
    return parse_address(f"{PROTOCOL}{repo}@{revision}{slash}{path}")


def name_of(address: Address) -> str:
    """Its name, which is read as the same."""
    root = root_of(address)
    return f"{root}/{address.path}" if address.path else root


def url_of(address: Address) -> str:
    """Its URL. What a path of a URL may have is not escaped: libraries look for 'line=A' in it."""
    top = replace(address, path="").url
    return top + quote(address.path, safe="/:@!$&'()*+,;=")


def root_of(address: Address) -> str:
    """The part of a name that says which version."""
    return f"{quote(address.repo or '', safe='')}@{quote(address.revision, safe='')}"
