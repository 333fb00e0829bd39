"""A Slurm of two pretended nodes on one machine, from Debian's packages, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])

CONF = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket
# No cgroups, no accounting: what was asked for is counted and not enforced.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
# A node has the processors that are written below, however many there are.
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,batch_sched_delay=1,sched_interval=2
# A job in the partition "urgent" takes the place of one in "main", which first gets its signal.
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
JobRequeue=1
ReturnToService=2
KillWait=30
InactiveLimit=0
Waittime=0
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs={cpus} State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=60
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
"""


class SlurmCannotStartError(Exception):
    """Slurm cannot start on this machine; the text says why."""


@contextmanager
def slurm(folder: Path, *, cpus: int) -> Iterator[None]:
    """Run Slurm in the block, with two nodes; its commands are found there.

    Args:
        folder: Folder for all of it, with a short name: sockets have at most 108 characters.
        cpus: Processors that each node pretends to have.

    Raises:
        SlurmCannotStartError: if something is missing, or a daemon does not answer.
    """
    absent = [program for program in PROGRAMS if shutil.which(program, path=PATH) is None]
    if absent:
        raise SlurmCannotStartError(f"no {', '.join(absent)}: apt-get install slurm-wlm munge")
    for name in ("munge", "state", "spool/n1", "spool/n2"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)  # munged wants that of all folders above its socket
    (folder / "munge").chmod(0o755)
    conf = folder / "slurm.conf"
    names = {"host": socket.gethostname().partition(".")[0], "user": _user(), "folder": folder, "cpus": cpus}
    conf.write_text(CONF.format(**names, ports=_free_ports(3)), encoding="utf-8")
    before = {name: os.environ.get(name) for name in ("SLURM_CONF", "PATH")}
    os.environ |= {"SLURM_CONF": str(conf), "PATH": PATH}
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        _start(folder, daemons)
        yield
    finally:
        _stop(daemons, conf)
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def output(*command: str, check: bool = True) -> str:
    """What a command of Slurm prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 or not check, done.stderr
    return done.stdout


def states() -> dict[str, str]:
    """States of the jobs that are not over, by number."""
    lines = output("squeue", "--noheader", "--array", "--format=%i %T").split("\n")
    return dict(line.split() for line in lines if line)


def release_requeued(job: str) -> None:
    """Let a job that was requeued start now: Slurm holds it for two minutes.

    In the second in which it was requeued a node refuses it (job credential revoked).
    """
    time.sleep(2)
    output("scontrol", "update", f"JobId={job}", "StartTime=now", check=False)


def _start(folder: Path, daemons: list[subprocess.Popen[bytes]]) -> None:
    munge = folder / "munge"
    key, sock = munge / "key", munge / "socket"
    output("mungekey", "--create", f"--keyfile={key}")
    files = (f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", f"--log-file={munge}/log")
    _daemon(folder, daemons, "munged", "--foreground", f"--key-file={key}", f"--socket={sock}", *files)
    _wait(10, "munged", folder, lambda: _works("munge", "--socket", str(sock), "--no-input"))
    _daemon(folder, daemons, "slurmctld", "-D", "-i")
    _wait(30, "slurmctld", folder, lambda: _works("scontrol", "ping"))
    for name in ("n1", "n2"):
        _daemon(folder, daemons, "slurmd", "-D", "-N", name)
    _wait(60, "slurmd", folder, _nodes_are_idle)


def _daemon(folder: Path, daemons: list[subprocess.Popen[bytes]], *command: str) -> None:
    # Nothing of this environment reaches jobs, and Ctrl-C does not reach daemons.
    variables = {"PATH": PATH, "HOME": str(folder), "LANG": "C.UTF-8", "SLURM_CONF": os.environ["SLURM_CONF"]}
    with (folder / f"{command[0]}.out").open("ab") as log:
        streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        daemons.append(subprocess.Popen(command, env=variables, start_new_session=True, **streams))


def _stop(daemons: list[subprocess.Popen[bytes]], conf: Path) -> None:
    with suppress(subprocess.SubprocessError, AssertionError):
        if states():
            output("scancel", "--full", "--signal=KILL", f"--user={_user()}", check=False)
            output("scancel", f"--user={_user()}", check=False)
            end = time.monotonic() + 20
            while states() and time.monotonic() < end:
                time.sleep(0.5)
    for daemon in reversed(daemons):
        daemon.terminate()
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
    for pid in _processes_of_jobs(conf):  # they outlive slurmd
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _processes_of_jobs(conf: Path) -> list[int]:
    """Processes with this cluster's configuration and a job, or that look after one."""
    pids = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            variables = path.read_bytes().split(b"\0")
            of_job = any(name.startswith(b"SLURM_JOB_ID=") for name in variables)
            is_step = path.with_name("comm").read_text() == "slurmstepd\n"
            if f"SLURM_CONF={conf}".encode() in variables and (of_job or is_step):
                pids.append(int(path.parent.name))
    return [pid for pid in pids if pid != os.getpid()]


def _nodes_are_idle() -> bool:
    return output("sinfo", "--noheader", "-N", "--format=%T", check=False).split() == ["idle"] * 4


def _wait(seconds: float, name: str, folder: Path, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            logs = [path for path in (folder / f"{name}.log", folder / f"{name}.out") if path.exists()]
            text = " | ".join(path.read_text(errors="replace")[-300:] for path in logs)
            raise SlurmCannotStartError(f"{name} does not answer: {text}")
        time.sleep(0.2)


def _works(*command: str) -> bool:
    with suppress(subprocess.SubprocessError):
        return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0
    return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for opened in sockets:
        opened.bind(("127.0.0.1", 0))
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _user() -> str:
    return subprocess.run(("id", "-un"), capture_output=True, text=True, check=True).stdout.strip()
