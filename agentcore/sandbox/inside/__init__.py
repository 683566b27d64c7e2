"""The program that runs inside of a sandbox.

Its modules are compiled by the host and sent into the process, since the folder of agentcore is not
seen from there. They import only each other and the standard library, and little of that before it
is needed: a session is to start about as quickly as Python itself. The modules ``re`` and ``json``
alone would take as long as all the rest.
"""
