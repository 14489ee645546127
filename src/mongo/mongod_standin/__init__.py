"""A stand-in for MongoDB's server where no registry has the real one: `mongod` over SecantusDB.

It takes the options and the configuration file of the real server as far as this repository uses them, refuses all
others, and syncs its log on every commit, so that what it has acknowledged survives a SIGKILL.
"""

VERSION = "8.0.0"
