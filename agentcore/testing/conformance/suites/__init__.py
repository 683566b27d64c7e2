"""The tests of `BackendConformance`, one class and one topic a file.

A test takes the fixture ``system`` and converses with agents of ``conformance.agents``; it holds
on any backend. No suite imports another, and none may know which backend it runs on.
"""
