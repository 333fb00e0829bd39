"""What Slurm says of its jobs: which are not over, and how one ended.

By squeue and scontrol, which every cluster has. sacct needs an accounting database, and says nothing without.
"""

import os
import re
import subprocess

_SECONDS = 60.0
"""Time that a command of Slurm may take: where its controller is away, it waits for minutes."""


def active_jobs() -> dict[str, str] | None:
    """States of this user's jobs that are not over, by number, as ``17_3`` of an array.

    Returns:
        ``None`` if Slurm does not answer.
    """
    text = _output(["squeue", "--noheader", "--array", f"--user={os.getuid()}", "--format=%i %T"])
    return None if text is None else read_jobs(text)


def read_jobs(text: str) -> dict[str, str]:
    r"""States of jobs by number, from lines of squeue.

    Example:
        >>> read_jobs("17_0 RUNNING\n17_1 PENDING\n")
        {'17_0': 'RUNNING', '17_1': 'PENDING'}
    """
    return {words[0]: words[1] for line in text.splitlines() if len(words := line.split()) == 2}


def job_fields(job: str) -> dict[str, str]:
    """What scontrol says of a job, by field; nothing of one that has been over for minutes."""
    return read_fields(_output(["scontrol", "--oneliner", "show", "job", job]) or "")


def read_fields(text: str) -> dict[str, str]:
    """Fields of a line of scontrol.

    Example:
        >>> read_fields("JobId=17 JobState=TIMEOUT Reason=None PreemptTime=None")["JobState"]
        'TIMEOUT'
    """
    return dict(re.findall(r"(\w+)=(\S*)", text))


def cancel(jobs: list[str]) -> None:
    """Cancel jobs."""
    _output(["scancel", *jobs])


def _output(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
