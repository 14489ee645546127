"""What a repository's own tests import: names that stay, wherever they are defined.

    from checks.testing import Service, Stack, wait_until

`Stack` is what the fixture `stack` gives, `Service` each of its containers, `Face` what the fixture `bench` gives.
`note(section, facts)` puts figures into the report of the run.
"""

from __future__ import annotations

from checks.host.bench.cisface import Face
from checks.host.testing.livestack import Service, Stack, wait_until
from checks.host.testing.notes import note

__all__ = ["Face", "Service", "Stack", "note", "wait_until"]
