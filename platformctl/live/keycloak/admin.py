"""The administrator of a Keycloak."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from platformctl.errors import NotHealthy, Unreachable
from platformctl.live.kubernetes import Cluster

if TYPE_CHECKING:
    import kr8s.asyncio

USER = "admin"
NAMESPACE = "auth"
LABELS: Mapping[str, str] = {"app.kubernetes.io/name": "keycloak"}
PORT = 8080
PLACE = f"Pod/{NAMESPACE}/keycloak"
TIMEOUT = 30.0

Result = TypeVar("Result")


class Admin:
    """A session of Keycloak's administrator; every call raises NotHealthy when Keycloak refuses."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """
        Args:
            client: with Keycloak's address as its base.
        """
        self._client = client

    async def login(self, passwords: Sequence[str], user: str = USER) -> None:
        """Log in with the first of these passwords that is right.

        Raises:
            NotHealthy: none is.
        """
        for password in dict.fromkeys(passwords):
            form = {
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": user,
                "password": password,
            }
            answer = await self._client.post("/realms/master/protocol/openid-connect/token", data=form)
            if answer.is_success:
                self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                return
            if answer.status_code not in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
                raise _refusal(answer)
        raise NotHealthy(
            f'Keycloak refuses the password of its administrator "{user}"',
            place=PLACE,
            fix="put the right one into the secret: platformctl secrets edit keycloak-admin",
        )

    async def set_client_secret(self, realm: str, client: str, value: str) -> None:
        """Give a client of a realm its secret."""
        path = f"/admin/realms/{realm}/clients"
        found = await self._one(path, {"clientId": client}, f"client {client}", realm)
        await self.write("PUT", f"{path}/{found['id']}", {**found, "secret": value})

    async def set_password(self, realm: str, user: str, value: str) -> None:
        """Give a user of a realm a password; the user's sessions go on."""
        path = f"/admin/realms/{realm}/users"
        found = await self._one(path, {"username": user, "exact": "true"}, f"user {user}", realm)
        credential = {"type": "password", "temporary": False, "value": value}
        await self.write("PUT", f"{path}/{found['id']}/reset-password", credential)

    async def read(self, path: str, query: Mapping[str, str] | None = None) -> Any | None:
        """What stands at a path of the Admin API, as JSON; None where nothing does."""
        answer = await self._client.get(path, params=query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise _refusal(answer)
        return answer.json()

    async def write(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        """Change, make or delete what stands at a path."""
        answer = await self._client.request(method, path, json=body)
        if not answer.is_success:
            raise _refusal(answer)

    async def _one(self, path: str, query: Mapping[str, str], what: str, realm: str) -> dict[str, Any]:
        answer = await self._client.get(path, params=query)
        if not answer.is_success:
            raise _refusal(answer)
        for found in answer.json():
            return dict(found)
        raise NotHealthy(f"realm {realm} has no {what}", place=PLACE)


def administered(kube: Cluster, work: Callable[[Admin], Awaitable[Result]]) -> Result:
    """Run work with an Admin of the cluster's Keycloak; it logs in itself.

    Raises:
        Unreachable: no pod of Keycloak is ready, or it does not answer.
        NotHealthy: as the work raises it.
    """

    async def forwarded(api: kr8s.asyncio.Api) -> Result:
        from kr8s.asyncio.objects import Pod
        from kr8s.portforward import PortForward

        async for pod in Pod.list(namespace=NAMESPACE, label_selector=dict(LABELS), api=api):
            if isinstance(pod, Pod) and await pod.ready():
                async with PortForward(pod, PORT, local_port="auto") as port:
                    return await _with_admin(port, work)
        raise Unreachable("no pod of Keycloak is ready", place=PLACE, fix="platformctl status")

    return kube.run(forwarded, PLACE)


async def _with_admin(port: int, work: Callable[[Admin], Awaitable[Result]]) -> Result:
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT, trust_env=False
        ) as client:
            return await work(Admin(client))
    except httpx.TransportError as error:
        raise Unreachable(f"Keycloak does not answer: {type(error).__name__}", place=PLACE) from error


def _refusal(answer: httpx.Response) -> NotHealthy:
    """Without the body: it can quote what it was sent."""
    path = answer.request.url.path
    return NotHealthy(
        f"Keycloak answers {answer.status_code} to {answer.request.method} {path}",
        place=PLACE,
        fix="its log says why; then run the same command again, it goes on where it was",
    )
