"""Models behind HTTP that speak as OpenAI's chat completions do, on the ``openai`` SDK.

``model`` has the class that users see. ``request`` makes what is sent, ``answer`` and ``assembly``
read what comes back, whole or in pieces, and ``errors`` says what went wrong. Nothing here may
import the SDK before a model is asked, and no other model knows of this package.
"""
