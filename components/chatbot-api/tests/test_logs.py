"""One JSON line a request, and nothing that was said."""

from __future__ import annotations

from .conftest import Api
from .fake_upstream import FakeUpstream


async def test_one_line_a_request(api: Api) -> None:
    await api.events("hello secret-word", stream=True)
    line = await api.request_line(path="/api/chat")
    assert line["status"] == 200
    assert line["outcome"] == "done"
    assert line["model"] == "small:1b"
    assert (line["messages"], line["dropped"], line["stream"]) == (1, 0, True)
    assert (line["prompt_tokens"], line["completion_tokens"]) == (11, 6)
    assert 0 < line["first_token_ms"] <= line["duration_ms"]
    assert len([other for other in api.logged() if other.get("request_id") == line["request_id"]]) == 1


async def test_messages_are_not_logged(api: Api) -> None:
    await api.events("hello secret-word")
    await api.problem("refuse 500 secret-word")
    await api.problem([{"role": "user", "content": "secret-word", "secret-word": 1}])
    await api.request_line(status=422)
    assert "Hello" not in str(api.logged())
    assert "secret-word" not in str(api.logged())


async def test_probes_are_not_logged(api: Api) -> None:
    async with api.session.get(f"{api.url}/ready"):
        pass
    await api.problem([])
    await api.request_line(status=422)
    assert not [line for line in api.logged() if line.get("path") in ("/ready", "/health")]


async def test_the_request_id_goes_all_the_way(api: Api, upstream: FakeUpstream) -> None:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    headers = {"X-Request-ID": "from-the-ingress.1"}
    async with api.session.post(f"{api.url}/api/chat", json=body, headers=headers) as response:
        assert response.headers["X-Request-ID"] == "from-the-ingress.1"
        await response.read()
    assert upstream.headers[0]["X-Request-ID"] == "from-the-ingress.1"
    await api.request_line(request_id="from-the-ingress.1")


async def test_a_request_id_that_is_none_is_replaced(api: Api) -> None:
    headers = {"X-Request-ID": 'x" onload="y'}
    async with api.session.get(f"{api.url}/health", headers=headers) as response:
        assert response.headers["X-Request-ID"].isalnum()
