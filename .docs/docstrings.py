"""Docstrings of xtl as pages show them: roles become links, doctests examples; what is wrong in them is told.

Everything is read, nothing imported: pages need neither torch nor xtl installed.
"""

import builtins
import logging
import re
from collections.abc import Iterator

import griffe

ROOMS = {
    "xtl": "xtl",
    "xtl.modules": "Modules",
    "xtl.models": "Models",
    "xtl.metrics": "Metrics",
    "xtl.metrics.functional": "Metrics as functions",
    "xtl.data": "Data",
    "xtl.readers": "Readers",
    "xtl.types": "Types",
    "xtl.tasks": "Tasks",
    "xtl.config": "Config",
    "xtl.results": "Results",
    "xtl.statistics": "Statistics",
    "xtl.report": "Report",
    "xtl.tracking": "Tracking",
    "xtl.errors": "Errors",
}
"""Rooms that other projects use, and the names of their pages."""

WHOLE = {
    "xtl.tasks": ("task_type", "base", "registry", "trained", "capabilities"),
    "xtl.tracking": ("workspace",),
}
"""Files to show of a room whose other files are for xtl alone, beside what ``__all__`` lists."""

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):`([^`]+)`")


class Roles(griffe.Extension):
    """What Sphinx would read, in Markdown: links of roles, fences of literal blocks, sections of examples."""

    def __init__(self) -> None:
        self.broken: list[str] = []

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        """Rewrite all docstrings of the package."""
        shown = set(shown_paths(pkg))
        for owner in objects(pkg):
            if owner.docstring:
                owner.docstring.value = self._markdown(owner, shown)

    def _markdown(self, owner: griffe.Object, shown: set[str]) -> str:
        def link(match: re.Match[str]) -> str:
            name = match[1].lstrip("~")
            text = f"`{name.rpartition('.')[2] if match[1].startswith('~') else name}`"
            path = path_of(name, owner)
            if path is None and not is_elsewhere(name, owner.package.name):
                self.broken.append(
                    f"{owner.filepath}:{owner.docstring.lineno}: {match[0]} names nothing; give its full name"
                )
            return f"[{text}][{path}]" if path in shown else text

        text = ROLE.sub(link, owner.docstring.value)
        text = re.sub(r"^( *)Example:$", r"\1Examples:", text, flags=re.MULTILINE)
        return re.sub(r"::$", ":", text, flags=re.MULTILINE)


def objects(owner: griffe.Object) -> Iterator[griffe.Object]:
    """An object and all that is defined in it."""
    yield owner
    for member in owner.members.values():
        if not member.is_alias:
            yield from objects(member)


def module_at(path: str, pkg: griffe.Module) -> griffe.Module:
    """A module of the package by its full path."""
    return pkg if path == pkg.path else pkg[path.removeprefix(f"{pkg.path}.")]


def files_of(room: str, pkg: griffe.Module) -> list[str]:
    """Paths of the files that the page of a room shows below the room itself."""
    module = module_at(room, pkg)
    if room in WHOLE:
        return [f"{room}.{name}" for name in WHOLE[room]]
    if module.exports is not None or not module.is_init_module:
        return []
    public = (name for name, member in module.modules.items() if not name.startswith("_"))
    return [f"{room}.{name}" for name in sorted(public)]


def shown_paths(pkg: griffe.Module) -> Iterator[str]:
    """Paths of all objects that some page shows."""
    for room in ROOMS:
        for path in (room, *files_of(room, pkg)):
            module = module_at(path, pkg)
            yield path
            for name, member in module.members.items():
                if module.exports is not None and name not in module.exports:
                    continue
                if member.is_alias and module.exports is None:
                    continue
                target = resolved(member)
                if target is not None and not name.startswith("_") and not target.is_module:
                    yield from (part.path for part in objects(target) if part.is_public and part.docstring)


def path_of(name: str, owner: griffe.Object) -> str | None:
    """The path of what ``name`` means where ``owner`` stands; ``None`` if it means nothing."""
    scope: griffe.Object | None = owner
    while scope is not None:
        if (found := member_of(scope, name.split("."))) is not None:
            return found.path
        scope = scope.parent
    first, *rest = name.split(".")
    found = member_of(owner.package, rest) if first == owner.package.name else None
    return None if found is None else found.path


def is_elsewhere(name: str, package: str) -> bool:
    """Whether a name is one of Python's own or of another package, which is written in full."""
    first, _, rest = name.partition(".")
    return hasattr(builtins, name) or (bool(rest) and first.islower() and first != package)


def member_of(owner: griffe.Object, names: list[str]) -> griffe.Object | None:
    """What is reached from an object by names, through inheritance and imports."""
    for name in names:
        members = owner.all_members
        if name not in members:
            return None
        target = resolved(members[name])
        if target is None:
            return None
        owner = target
    return owner


def resolved(member: griffe.Object | griffe.Alias) -> griffe.Object | None:
    """A member itself, or what it is another name of; ``None`` where that is outside of the package."""
    try:
        return member.final_target if member.is_alias else member
    except griffe.AliasResolutionError:
        return None


class Warnings(logging.Handler):
    """Messages of griffe, kept."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.messages.append(record.getMessage())


def load(root: str) -> tuple[griffe.Module, list[str]]:
    """The package below ``root``, and a line for each thing that is wrong in its docstrings."""
    warnings, roles = Warnings(), Roles()
    logger = logging.getLogger("griffe")
    logger.addHandler(warnings)
    logger.propagate = False
    package = griffe.load(
        "xtl", search_paths=[root], docstring_parser="google", extensions=griffe.load_extensions(roles)
    )
    for owner in objects(package):
        if owner.docstring:
            owner.docstring.parsed  # noqa: B018  griffe says what it cannot read
    return package, roles.broken + warnings.messages
