"""`python -m mongod_standin`: the server, without a container."""

import sys

from mongod_standin.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
