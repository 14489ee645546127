"""One module per linter and one registry.

A linter says what it takes, its command line, how its output is read and how a crash is told from findings.
To add one: a module that satisfies `registry.Linter`, its name in `registry.LINTERS`, a test that shows it passing and
one that shows it failing.
"""
