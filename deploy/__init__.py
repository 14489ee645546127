"""Deploying with Ansible, and trying that on a host made for it: what `nox -s deploy` runs.

It is no room of `checks`: that knows nothing of this repository, whose playbooks, roles and monolith this is about, and has its
verbs by contract. What it needs of effects (processes with limits, packages, the cache, words for people) it takes from there.
"""
