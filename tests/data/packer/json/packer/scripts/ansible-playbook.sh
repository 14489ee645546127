#!/bin/sh
# Run the playbook with the tools of the project.
set -eu
exec .venv/bin/ansible-playbook "$@"
