"""The parts of `SandboxConformance`, by topic.

They import the sandbox and its errors, and nothing of agents. Each is given the fixtures `sandbox`,
`session` and `outside`.
"""
