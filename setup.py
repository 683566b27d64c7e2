"""Map the two source roots; everything else about the distribution is in pyproject.toml."""

from setuptools import find_packages, setup

CORE = find_packages(".", include=["agentcore", "agentcore.*"])
# backends/ is a source root and not a package: a top-level package of that name would collide
# with a user's own folder.
BACKENDS = find_packages("backends", include=["agentcore_*"])

setup(
    packages=[*CORE, *BACKENDS],
    package_dir={name: f"backends/{name}" for name in BACKENDS if "." not in name},
    package_data={
        "": ["py.typed"],
        "agentcore.data.report": ["page.html"],
        "agentcore.models": ["licences/*.txt"],
    },
)
