"""Build and verify Dockerised microservices and the code that deploys them."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("stackchecks")
except PackageNotFoundError:  # a checkout on sys.path that was never installed
    __version__ = "0+unknown"
