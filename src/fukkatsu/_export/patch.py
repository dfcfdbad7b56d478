"""The difference between two versions of a file, in the form that ``git apply`` takes."""

from __future__ import annotations

import difflib
from pathlib import Path

from fukkatsu._export.locate import find, read_file
from fukkatsu._export.rewrite import rewrite

_NO_END = "\\ No newline at end of file\n"


def patch(path: Path, qualname: str, source_sha256: str, candidate: str, *, root: Path | None = None) -> bytes:
    """A patch that writes an accepted correction into the file of its function.

    Args:
        path: The source file, as it is now.
        qualname: ``__qualname__`` of the function.
        source_sha256: Hash of the text that was corrected (``FunctionSource.sha256``).
        candidate: Source text of the correction.
        root: Folder that the patch's names count from; by default that of the repository around *path*, or else the
            current one.

    Returns:
        The patch in the file's own encoding and line ends, which is what ``git apply`` compares.

    Raises:
        ExportError: The function is not there any more, was changed, or cannot take the correction as it is.
    """
    path = path.resolve()
    file = read_file(path)
    new = rewrite(file, find(file, qualname, source_sha256), candidate)
    return difference(path.read_bytes(), new, _name(path, root or repository(path) or Path.cwd()))


def repository(path: Path) -> Path | None:
    """The folder of the git repository around *path*, or ``None``."""
    return next((folder for folder in path.resolve().parents if (folder / ".git").exists()), None)


def _name(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def difference(old: bytes, new: bytes, name: str) -> bytes:
    """*old* to *new* as a unified diff with git's header; empty when they are equal.

    Lines end at ``\\n`` alone: a form feed or a lone carriage return is part of its line, as it is for git.
    """
    if old == new:
        return b""
    # latin-1 maps each byte to one character and back: a file's own encoding is none of this function's business
    before, after = (_lines(data.decode("latin-1")) for data in (old, new))
    tab = "\t" if " " in name else ""  # as git does it: a blank would otherwise end the name
    left, right = _quoted(f"a/{name}"), _quoted(f"b/{name}")
    out = [f"diff --git {left} {right}\n"]
    for line in difflib.unified_diff(before, after, left + tab, right + tab, n=3):
        out.append(line if line.endswith("\n") else f"{line}\n{_NO_END}")
    return "".join(out).encode("latin-1")


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _quoted(name: str) -> str:
    """*name* as git writes it: in quotes with octal escapes where it is not plain ASCII."""
    plain = all(" " <= letter <= "~" and letter not in '"\\' for letter in name)
    if plain:
        return name
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\' else f"\\{byte:03o}" for byte in name.encode()
    )
    return f'"{escaped}"'
