"""A server on this machine that speaks as much of the hub's API as sending a model to it takes."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from tests.helpers.local_server import LocalServer, RequestHandler, serving

TOKEN = "hf_testtesttesttesttesttesttesttest"  # noqa: S105  of no account


class _Handler(RequestHandler):
    server: "ModelHub"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        self.server.asked.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._send(401, {"error": "Invalid credentials"})
        return self._send(*self._routed(parts, body))

    def _routed(self, parts: list[str], body: bytes) -> tuple[int, object]:
        hub = self.server
        match parts:
            case ["api", "whoami-v2"]:
                return 200, {"type": "user", "name": "user", "auth": {}}
            case ["api", "validate-yaml"]:
                return 200, {"errors": [], "warnings": []}
            case ["api", "repos", "create"]:
                asked = json.loads(body)
                name = f"{asked.get('organization') or 'user'}/{asked['name']}"
                if name in hub.repositories:
                    return 409, {
                        "error": "You already created this model repo",
                        "url": f"{hub.endpoint}/{name}",
                    }
                hub.repositories[name] = {}
                hub.private[name] = asked.get("visibility") == "private" or bool(asked.get("private"))
                return 200, {"url": f"{hub.endpoint}/{name}", "name": name}
            case ["api", "models", owner, name, *rest] if f"{owner}/{name}" in hub.repositories:
                return self._of_repository(f"{owner}/{name}", rest, body)
        return 404, {"error": "Repository not found"}

    def _of_repository(self, name: str, rest: list[str], body: bytes) -> tuple[int, object]:
        match rest:
            case ["preupload", _]:
                files = [
                    {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
                    for file in json.loads(body)["files"]
                ]
                return 200, {"files": files}
            case ["commit", _]:
                for line in map(json.loads, body.splitlines()):
                    if line["key"] == "file":
                        content = base64.b64decode(line["value"]["content"])
                        self.server.repositories[name][line["value"]["path"]] = content
                url = f"{self.server.endpoint}/{name}/commit/{'0' * 40}"
                return 200, {"success": True, "commitOid": "0" * 40, "commitUrl": url}
        return 200, {"id": name, "modelId": name, "sha": "0" * 40, "siblings": []}

    def _send(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        headers = {"Content-Length": str(len(data)), "Content-Type": "application/json"}
        if status == 404:
            headers["X-Error-Code"] = "RepoNotFound"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


class ModelHub(LocalServer):
    """Holds models in memory.

    Attributes:
        repositories: Files of each repository, by path.
        private: Whether each repository was made a private one.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}


@contextmanager
def model_hub() -> Iterator[ModelHub]:
    """Serve until the block ends."""
    with serving(ModelHub()) as server:
        yield server
