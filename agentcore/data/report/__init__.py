"""Reports: an answer as one HTML file, which needs no network and runs no script.

What belongs here shows an `Answer` and what it was computed from to a reader. It may import the
other files of ``data`` and what is below. Pygments, which colours the code, comes with the extra
``data``; importing this package does not need it.
"""
