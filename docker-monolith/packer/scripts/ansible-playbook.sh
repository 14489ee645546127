#!/bin/sh
# What packer's ansible provisioner runs: ansible-playbook with this repository's roles and configuration, of the tool
# environment that `nox -s tools` makes where ansible is not on PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
ANSIBLE_CONFIG="$here/../../ansible/ansible.cfg"
export ANSIBLE_CONFIG
exec ansible-playbook "$@"
