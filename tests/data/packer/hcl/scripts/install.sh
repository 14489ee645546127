#!/bin/sh
# Install what PACKAGES names.
set -eu
apt-get update
# shellcheck disable=SC2086 # several names
apt-get install -y --no-install-recommends ${PACKAGES}
