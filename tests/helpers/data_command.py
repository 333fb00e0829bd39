"""``xtl-data`` called in the process of the tests."""

import pytest

from xtl.cli import data


def called(capsys, *arguments: str, status: int = 0) -> tuple[str, str]:
    """Call ``xtl-data``; give what it prints and tells, in one line each."""
    if status:
        with pytest.raises(SystemExit) as stopped:
            data.main(list(map(str, arguments)))
        assert stopped.value.code == status
    else:
        data.main(list(map(str, arguments)))
    printed = capsys.readouterr()
    return printed.out, " ".join(printed.err.split())
