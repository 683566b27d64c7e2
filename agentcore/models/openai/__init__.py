"""Models behind HTTP that speak as OpenAI's chat completions do, on the ``openai`` SDK.

``model`` has the class that users see, and ``exchange`` asks for it, by a ``client``.

- What is sent: ``request`` and ``messages``, in one of the ``dialects``.
- What comes back: ``answer`` reads bytes, by ``events`` where they are a stream; ``assembly`` puts
  the answer together, of ``call_fragments`` and of ``fields`` that only some servers have.
- What goes wrong: ``words`` finds what a server says, ``too_long``, ``waits`` and ``refusals`` what
  that means, and ``errors`` makes errors of it. ``learned`` remembers what a server refused.

Nothing here may import the SDK before a model is asked, and no other model imports this package.
"""
