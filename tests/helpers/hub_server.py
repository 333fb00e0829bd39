"""A server on this machine that speaks as much of the hub's API as loading a data set takes.

It serves a folder ``<owner>/<name>/<revision>/<files>``; slashes in a revision are written ``%2F``.
The commit of a revision is a hash of its files.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.helpers.local_server import LocalServer, RequestHandler, serving


class RefusalError(Exception):
    """What the hub answers when something is not there: a status and a code that its clients know."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Repository:
    """One data set at one revision."""

    def __init__(self, root: Path, name: str, revision: str) -> None:
        home = root / name
        if not home.is_dir():
            raise RefusalError(401, "RepoNotFound")
        if (home / "gated").is_file():
            raise RefusalError(403, "GatedRepo")
        for folder in (path for path in sorted(home.iterdir()) if path.is_dir()):
            self.folder = folder
            self.commit = _commit(folder)
            if revision in (unquote(folder.name), self.commit):
                return
        raise RefusalError(404, "RevisionNotFound")

    def file(self, path: str) -> Path:
        file = self.folder / path
        if not file.is_file():
            raise RefusalError(404, "EntryNotFound")
        return file

    def entry(self, path: Path) -> dict:
        named = {"path": path.relative_to(self.folder).as_posix(), "oid": _digest(path.name.encode())}
        if path.is_dir():
            return {"type": "directory", "size": 0, **named}
        return {"type": "file", **named, "size": path.stat().st_size, "oid": _digest(path.read_bytes())}

    def tree(self, path: str, *, recursive: bool) -> list[dict]:
        folder = self.folder / path
        if not folder.is_dir():
            raise RefusalError(404, "EntryNotFound")
        return [self.entry(entry) for entry in sorted(folder.rglob("*") if recursive else folder.iterdir())]


def _digest(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _commit(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _digest(b"".join(str(path).encode() + path.read_bytes() for path in files))


class _Handler(RequestHandler):
    server: "HubServer"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        self.server.asked.append(f"{self.command} {self.path}")
        try:
            match parts:
                case ["datasets", owner, name, "resolve", revision, *path]:
                    self._file(Repository(self.server.root, f"{owner}/{name}", revision), "/".join(path))
                case ["api", "datasets", owner, name, *rest]:
                    kind, revision, *path = rest or ["revision", "main"]
                    repository = Repository(self.server.root, f"{owner}/{name}", revision)
                    self._json(
                        self._api(
                            repository, kind, "/".join(path), parse_qs(url.query), parse_qs(body.decode())
                        )
                    )
                case _:
                    raise RefusalError(404, "EntryNotFound")
        except RefusalError as refusal:
            self._send(refusal.status, b"{}", {"X-Error-Code": refusal.code})

    def _api(self, repository: Repository, kind: str, path: str, query: dict, form: dict) -> object:
        match kind:
            case "revision":
                name = repository.folder.parent
                siblings = [{"rfilename": entry["path"]} for entry in repository.tree("", recursive=True)]
                return {
                    "id": f"{name.parent.name}/{name.name}",
                    "sha": repository.commit,
                    "siblings": siblings,
                }
            case "tree":
                return repository.tree(path, recursive=query.get("recursive") == ["true"])
            case "paths-info":
                paths = [repository.folder / name for name in form["paths"]]
                return [repository.entry(file) for file in paths if file.exists()]
        raise RefusalError(404, "EntryNotFound")

    def _json(self, content: object) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _file(self, repository: Repository, path: str) -> None:
        data = repository.file(path).read_bytes()
        headers = {"ETag": f'"{_digest(data)}"', "X-Repo-Commit": repository.commit, "Accept-Ranges": "bytes"}
        self._send(200, data, headers, cut=self.server.cut if path.endswith(".parquet") else 0)

    def _send(self, status: int, data: bytes, headers: dict[str, str], *, cut: int = 0) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) - cut])
            self.close_connection = bool(cut)


class HubServer(LocalServer):
    """Serves a folder.

    Attributes:
        cut: How many bytes at the end of a parquet file it keeps back, as a connection that breaks does.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(_Handler)
        self.root = root
        self.cut = 0

    def files_asked(self) -> set[str]:
        """Data files that were fetched."""
        return {
            line.split("/", 6)[-1] for line in self.asked if line.startswith("GET") and ".parquet" in line
        }


@contextmanager
def hub_server(root: Path) -> Iterator[HubServer]:
    """Serve a folder until the block ends."""
    with serving(HubServer(root)) as server:
        yield server


def point_at(endpoint: str, cache: Path, monkeypatch) -> None:
    """Let the libraries of this process ask ``endpoint``, and keep what they get in ``cache``.

    They read their environment when they are imported, so it is what they have read that is changed.
    """
    import datasets
    import huggingface_hub
    from huggingface_hub import constants

    offline = endpoint == ""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", cache / "datasets")
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", cache / "downloads")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    # Each load is told to the real hub, whose name takes seconds to look up where there is no network.
    monkeypatch.setattr(datasets.config, "HF_UPDATE_DOWNLOAD_COUNTS", False)
    if not offline:
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", endpoint)
        monkeypatch.setattr(
            datasets.config, "HUB_DATASETS_URL", endpoint + "/datasets/{repo_id}/resolve/{revision}/{path}"
        )
    huggingface_hub.HfFileSystem.clear_instance_cache()
    datasets.disable_progress_bars()


def folder_of(root: Path, repository: str, revision: str = "main") -> Path:
    """Where a repository's files lie."""
    return root / repository / quote(revision, safe="")
