"""Retrieval: documents found by meaning and by words, and agents that answer from them.

What belongs here reads documents, cuts them into passages, embeds and searches them. It may import
``agents`` and what is below. What an agent remembers of its chats is in ``memory``. It needs the
extra ``retrieval``; importing it does not.
"""

from agentcore.retrieval.agent import RetrievalAgent
from agentcore.retrieval.document import Added, Document, Progress
from agentcore.retrieval.embedder import Embedder, LocalEmbedder
from agentcore.retrieval.library import Library
from agentcore.retrieval.library_answer import LibraryAnswer
from agentcore.retrieval.openai_embedder import OpenAIEmbedder
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.reader import LibraryReader
from agentcore.retrieval.search_tool import search_library

__all__ = [
    "Added",
    "Document",
    "Embedder",
    "Library",
    "LibraryAnswer",
    "LibraryReader",
    "LocalEmbedder",
    "OpenAIEmbedder",
    "Passage",
    "Progress",
    "RetrievalAgent",
    "search_library",
]
