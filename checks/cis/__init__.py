"""The CIS Docker Benchmark: facts of a host and its engine in, one judgement per check out. All of it is pure.

Modules, from the ground up: `facts`, `host` and `daemon` (what is known), `snapshot` (all of it at one moment), `codec` (to
and from JSON), `redact` (what never enters), `catalogue` (ids), `check` (how a check is declared), `judging` (how checks
decide), one module or more per section, and `registry` (which checks there are, and judging them all).
"""
