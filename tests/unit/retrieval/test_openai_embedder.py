"""Embeddings of a server: what it is sent, and what is said when it does not answer."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentcore.errors import ConfigError, ModelError
from agentcore.retrieval import Library, OpenAIEmbedder

pytest.importorskip("openai")


class _Embeddings(BaseHTTPRequestHandler):
    """A server of embeddings: vectors of three numbers, in the wrong order."""

    asked: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length)) | {"key": self.headers["Authorization"]}
        self.asked.append(body)
        data = [
            {"object": "embedding", "index": at, "embedding": [1.0, len(text), 0.0]}
            for at, text in enumerate(body["input"])
        ]
        answer = json.dumps({"object": "list", "data": data[::-1], "model": "m"}).encode()
        if self.status != 200:
            answer = json.dumps({"error": {"message": f"no, {body['key']}"}}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        """Be silent."""


@pytest.fixture
def server() -> Iterator[Any]:
    """A server on a real socket; ``asked`` has the requests, ``url`` is its address."""
    handler = type("_Handler", (_Embeddings,), {"asked": [], "status": 200})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        handler.url = f"http://127.0.0.1:{http.server_port}/v1"  # type: ignore[attr-defined]
        yield handler
        http.shutdown()
        thread.join()


def test_a_library_is_embedded_by_a_server(server: Any, tmp_path: Path) -> None:
    """In the order of the texts, with the prefixes of the model; its length is asked once."""
    embedder = OpenAIEmbedder(
        "m", server.url, "secret-key", query_prefix="query: ", document_prefix="passage: "
    )
    library = Library(tmp_path / "library", embedder=embedder)
    library.add_text("a word", source="a")
    other = pickle.loads(pickle.dumps(library))
    assert other.search("words")[0].source == "a"
    assert [body["input"] for body in server.asked] == [
        ["dimensions"],
        ["passage: a word"],
        ["query: words"],
    ]
    assert {body["key"] for body in server.asked} == {"Bearer secret-key"}
    assert list(embedder.embed_documents(["a" * 3, "a"])) == [[1.0, 12.0, 0.0], [1.0, 10.0, 0.0]]


def test_many_texts_are_sent_in_several_requests(server: Any) -> None:
    """Servers take a limited number in one."""
    embedder = OpenAIEmbedder("m", server.url, size=3)
    assert len(embedder.embed_documents(["text"] * 150)) == 150
    assert [len(body["input"]) for body in server.asked] == [64, 64, 22]
    assert server.asked[0]["dimensions"] == 3


def test_a_refusal_is_an_error_of_the_model_and_hides_the_key(server: Any) -> None:
    """With the status in words; so is a server that is not there."""
    server.status = 401
    with pytest.raises(ModelError, match="refused the key") as caught:
        OpenAIEmbedder("m", server.url, "secret-key").embed_query("word")
    assert "secret-key" not in str(caught.value)
    with pytest.raises(ModelError, match="no server can be reached"):
        OpenAIEmbedder("m", "http://127.0.0.1:9/v1", max_retries=0).embed_query("word")


def test_a_key_is_shown_nowhere_and_given_once() -> None:
    """Itself, or the name of the variable that has it."""
    assert "secret-key" not in repr(OpenAIEmbedder("m", "http://u:pw@x/v1", "secret-key"))
    with pytest.raises(ConfigError, match="give one"):
        OpenAIEmbedder("m", api_key="a", api_key_env="B")
