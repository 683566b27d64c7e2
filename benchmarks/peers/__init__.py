"""The peers: each module runs in the environment of the library that it imports."""
