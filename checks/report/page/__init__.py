"""reports/index.html: one page of all that the reports of a folder say. Every module is a part of it: facts → HTML.

The page needs nothing but itself: it may be opened as a file, kept by a CI system, printed, and read without scripts.
"""
