"""Errors of requests to an OpenAI-compatible server, made into `ModelError` with advice.

No error shows a key, and neither does its cause: some servers repeat the key that they refuse, and
the SDK's errors hold the request with its headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs

from agentcore.base.errors import ContextLengthError, ModelError
from agentcore.base.extras import import_extra
from agentcore.models.openai.assembly import ServerFailure
from agentcore.models.openai.client import Access, shown_url
from agentcore.models.openai.too_long import is_too_long
from agentcore.models.openai.waits import asked_to_wait
from agentcore.models.openai.words import Words, words_of, words_of_text
from agentcore.models.secret import HIDDEN, Secret, redacted

__all__ = ["Failures", "words_of_error"]

_SDK_SECONDS = 600.0  # the SDK's default time-out of an attempt
_MOST = 500  # characters of a server's text in an error; some answer with a whole page

_KEY_REFUSED = "{where} refused the key ({key}): {said}"
_MEANING = {
    401: _KEY_REFUSED,
    403: _KEY_REFUSED,
    404: "{where} was not found: the server knows no such model, or base_url is not its API "
    "(it mostly ends with /v1): {said}",
    402: "{where} wants to be paid first: {said}",
    429: "{where} is asked too often, or its quota is spent, also after the SDK's retries "
    "(max_retries=): {said}",
}
_NOT_REACHED = "no server can be reached for {where} ({said}): does it run, and is base_url right?"
_BROKEN = "{where} failed with status {status}, also after the SDK's retries: {said}"
_REFUSED = "{where} refused the request with status {status}: {said}"
_FAILED = "{where} failed: {said}"


@attrs.frozen
class Failures:
    """Makes the errors of one model.

    Attributes:
        model: the model's name.
        access: how its server is reached; the secrets in it are removed from all errors.
        key_from: where the key came from, in words.
    """

    model: str
    access: Access
    key_from: str

    @property
    def where(self) -> str:
        """The model and its server, in words: the beginning of each error's text."""
        return f"model {self.model!r} at {shown_url(self.access.base_url)}"

    @contextmanager
    def told(
        self, attempt: float | None, timeout: float | None, begun: bool = False
    ) -> Iterator[None]:
        """Turn errors that the ``with`` block raises into `ModelError`.

        Args:
            attempt: the time-out of an attempt in seconds; ``None`` for the SDK's default.
            timeout: the time-out of the whole request in seconds; ``None`` for none.
            begun: whether a part of the answer has come already.

        Raises:
            ModelError: the block raised an error of the SDK, of HTTP or of the answer's format.
        """
        openai = import_extra("openai", "openai", "OpenAIModel")
        http = import_extra("httpx2", "openai", "OpenAIModel")  # the HTTP library of the SDK
        try:
            yield
        except openai.OpenAIError as error:
            lost = begun and isinstance(error, openai.APIConnectionError)
            if lost and not isinstance(error, openai.APITimeoutError):
                raise self.cut(error) from error
            raise self.of_server(error, attempt) from error
        except ServerFailure as error:
            raise self.of_server(error, attempt) from error
        except http.TimeoutException as error:
            raise self.no_time(_SDK_SECONDS if attempt is None else attempt, error) from error
        except TimeoutError as error:
            raise self.no_time(timeout or 0.0, error) from error
        except http.HTTPError as error:
            raise self.cut(error) from error
        except json.JSONDecodeError as error:
            raise self.unreadable(f"no JSON, but {error.doc[:100]!r}", error) from error
        except UnicodeEncodeError as error:
            raise self.unsendable(error) from error
        except ValueError as error:
            raise self.unreadable(str(error), error) from error
        except RecursionError as error:
            raise self.unreadable("it is nested too deeply", error) from error
        except (TypeError, http.InvalidURL) as error:
            raise self.unsendable(error) from error

    def no_time(self, seconds: float, cause: BaseException | None = None) -> ModelError:
        """Return the error for a request that ran out of time."""
        text = (
            f"{self.where} did not answer within {seconds:g} s: give it more time (timeout=), "
            "or see whether the server is busy"
        )
        return self._caused(ModelError(text, model=self.model), cause)

    def unreadable(self, problem: str, cause: BaseException | None = None) -> ModelError:
        """Return the error for an answer that does not have the format of one."""
        text = f"{self.where} answered what is no answer to a chat: {self._clean(problem)}"
        return self._caused(ModelError(text, model=self.model), cause)

    def cut(self, cause: BaseException | None = None) -> ModelError:
        """Return the error for a stream that ended too early."""
        text = f"{self.where} broke its answer off before the end"
        return self._caused(ModelError(text, model=self.model), cause)

    def unsendable(self, cause: BaseException) -> ModelError:
        """Return the error for arguments that cannot be put into a request."""
        text = f"{self.where} cannot be asked this: {self._clean(str(cause))}"
        return self._caused(ModelError(text, model=self.model), cause)

    def of_server(self, error: Exception, seconds: float | None) -> ModelError:
        """Return the error that an error of the SDK, or a `ServerFailure`, stands for.

        Args:
            error: the error.
            seconds: the time-out of an attempt; ``None`` for the SDK's default.
        """
        openai = import_extra("openai", "openai", "OpenAIModel")
        unconnected = type(error.__cause__).__name__ == "ConnectTimeout"
        if isinstance(error, openai.APITimeoutError) and not unconnected:
            return self.no_time(_SDK_SECONDS if seconds is None else seconds, error)
        if isinstance(error, openai.APIConnectionError):
            said = self._clean(str(error.__cause__ or "") or type(error.__cause__).__name__)
            text = _NOT_REACHED.format(where=self.where, said=said)
            return self._caused(ModelError(text, model=self.model), error)
        status, words = words_of_error(error)
        said = self._clean(words.text or getattr(error, "message", "") or "it did not say why")
        if is_too_long(status, words.codes, words.text):
            text = f"the messages are too long for {self.where}: {said}"
            return self._caused(ContextLengthError(text, model=self.model), error)
        says = _MEANING.get(status or 0) or (_FAILED if status is None else _REFUSED)
        if status is not None and status >= 500:
            says = _BROKEN
        text = says.format(where=self.where, key=self.key_from, status=status, said=said)
        seconds = self._wait(error, status, words)
        if seconds is not None:
            text += f" (it asks to wait {seconds:g} s)"
        return self._caused(ModelError(text, model=self.model, retry_after=seconds), error)

    def _wait(self, error: Exception, status: int | None, words: Words) -> float | None:
        if status in (429, 503, 529) or (status is None and "rate" in words.text.lower()):
            headers = getattr(getattr(error, "response", None), "headers", {})
            return asked_to_wait(headers, words.body, words.text)
        return None

    def _clean(self, text: str) -> str:
        text = redacted(" ".join(text.split()), self.access.secrets())
        return text if len(text) <= _MOST else f"{text[:_MOST]}..."

    def _caused(self, error: ModelError, cause: BaseException | None) -> ModelError:
        secrets = self.access.secrets()
        for each in _chain(cause):
            _scrub(each, secrets)
        error.__cause__ = cause
        return error


def words_of_error(error: Exception) -> tuple[int | None, Words]:
    """Return the HTTP status of a failure, and what the server said about it.

    Args:
        error: an error of the SDK, or a `ServerFailure`, whose status stands in the answer if
            anywhere.
    """
    if isinstance(error, ServerFailure):
        words = words_of(error.body)
        return words.status, words
    response: Any = getattr(error, "response", None)
    try:  # the SDK keeps but a part of the body
        words = words_of_text(response.content.decode("utf-8-sig", "replace"))
    except Exception:
        words = words_of(getattr(error, "body", None) or getattr(error, "message", ""))
    return getattr(error, "status_code", None), words


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__]
            yield each


def _scrub(error: BaseException, secrets: Iterable[Secret]) -> None:
    """Remove secrets from an error, and from the request and response that it holds."""
    error.__traceback__ = None  # its frames are the SDK's, and hold the key in variables
    error.args = tuple(_without(secrets, arg) for arg in error.args)
    response = vars(error).get("response")
    requests = (vars(error).get("request"), vars(error).get("_request"))
    for request in (*requests, getattr(response, "request", None)):
        headers = getattr(request, "headers", {})
        for name, value in list(headers.items()):
            if any(secret.reveal() in value for secret in secrets):
                headers[name] = HIDDEN
    if response is not None and any(secret.reveal() in response.text for secret in secrets):
        error.__dict__["response"] = None  # it repeats the key
    for name, value in list(vars(error).items()):
        error.__dict__[name] = _without(secrets, value)


def _without(secrets: Iterable[Secret], value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value, secrets)
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"), secrets).encode()
    if isinstance(value, Mapping):
        return {key: _without(secrets, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without(secrets, each) for each in value]
    return value
