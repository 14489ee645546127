#!/bin/sh
# Wait until the first start has finished with apt.
set -eu
while fuser /var/lib/dpkg/lock-frontend >/dev/null 2>&1; do
  sleep 1
done
