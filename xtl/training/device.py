"""Where and how precisely a cell computes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from xtl.errors import ConfigError
from xtl.schemas.cell import TrainConfig
from xtl.schemas.trainer import AUTO, TF32, XTL_KERNELS, TrainerConfig
from xtl.threads import usable_cores

_CPU_TOKENS = 1024
"""A batch whose states fit the cache of a CPU is read a third faster than one of 8,192 positions."""


_GPU_TOKENS = 16_384

_AMPERE = 8
"""Major number of the compute capability of the first GPUs with bfloat16 and TensorFloat-32."""

_threads = (0, 0, 0)
"""Number of a process, CPU threads that it had, and those that :func:`use_threads` has given it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceSettings:
    """Device and precision of a cell, ``auto`` resolved.

    Attributes:
        device: Device that computes.
        precision: ``bf16-mixed``, ``16-mixed``, ``32-true`` or ``tf32``.
        eval_tokens: Most positions of an evaluation batch, padding included; of an example's sequences, where
            it has several, the longest counts.
        devices: Number of devices of each node, one process each.
        kernels: ``xtl`` or ``torch``.
    """

    device: torch.device
    precision: str
    eval_tokens: int
    devices: int = 1
    kernels: str = XTL_KERNELS

    @classmethod
    def of(cls, settings: TrainerConfig) -> "DeviceSettings":
        """Settings that suit this machine where the config says ``auto``.

        Raises:
            ConfigError: if it has not as many devices.
        """
        device = pick_device(settings.accelerator)
        precision = pick_precision(settings.precision, device)
        eval_tokens = settings.eval_tokens or (_CPU_TOKENS if device.type == "cpu" else _GPU_TOKENS)
        devices = pick_devices(settings.devices, device)
        return cls(
            device=device,
            precision=precision,
            eval_tokens=eval_tokens,
            devices=devices,
            kernels=settings.kernels,
        )

    @classmethod
    def elsewhere(cls, settings: TrainerConfig) -> "DeviceSettings":
        """:meth:`of` for a machine that may have more devices than this one; ``auto`` is what it is here."""
        if settings.devices == AUTO:
            return cls.of(settings)
        return replace(cls.of(replace(settings, devices=AUTO)), devices=int(settings.devices))

    @classmethod
    def for_computing(cls, settings: TrainerConfig) -> "DeviceSettings":
        """:meth:`of` on the machine that trains or scores; one that starts others, or looks, may have no GPU.

        Raises:
            ConfigError: also if the device that was asked for is not there, or does not compute in that
                precision.
        """
        check_accelerator(settings.accelerator)
        chosen = cls.of(settings)
        check_precision(chosen.precision, chosen.device)
        return chosen

    def resolved(self, config: TrainConfig) -> TrainConfig:
        """Config with these settings in the place of ``auto``."""
        trainer = replace(
            config.trainer, precision=self.precision, eval_tokens=self.eval_tokens, devices=self.devices
        )
        return replace(config, trainer=trainer)


def use_threads(settings: TrainerConfig) -> None:
    """Give torch the CPU threads that a config asks for, or as many as this process may use.

    Those are the ones that it had before a cell asked for a number, or that somebody else has given it since.
    """
    global _threads
    process, available, used = _threads
    # A forked process has copied these numbers, and may have been given threads of its own.
    if process != os.getpid() or torch.get_num_threads() != used:
        available = torch.get_num_threads()
    # torch knows of OMP_NUM_THREADS and of processors, not of a container's share of them.
    torch.set_num_threads(settings.threads or min(available, usable_cores()))
    _threads = (os.getpid(), available, torch.get_num_threads())


def pick_device(accelerator: str) -> torch.device:
    """Choose the device that Lightning would choose for ``accelerator``.

    The CPU also where there is none of that kind, as on the login node of a cluster:
    :func:`check_accelerator` refuses that where a cell is to compute.
    """
    if accelerator in ("auto", "gpu") and torch.cuda.is_available():
        return torch.device("cuda")
    if accelerator in ("auto", "gpu", "mps") and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def check_accelerator(accelerator: str) -> None:
    """Refuse a kind of device that this machine has not, or that torch cannot use.

    Raises:
        ConfigError: if there is none.
    """
    if accelerator in ("gpu", "mps") and pick_device(accelerator).type == "cpu":
        kind = "GPU" if accelerator == "gpu" else "GPU of Apple's (MPS)"
        raise ConfigError(
            f"trainer.accelerator={accelerator}: expected a {kind} that torch can use, got a machine without "
            "one; use cpu or auto, or see whether its driver and this build of torch fit"
        )


def pick_devices(devices: int | str, device: torch.device) -> int:
    """Number of devices of this machine; ``auto``: all GPUs, on a CPU one, whose threads are faster.

    Raises:
        ConfigError: if there are fewer.
    """
    if device.type == "cuda":
        available, kind = torch.cuda.device_count(), "GPUs"
    elif device.type == "cpu":
        available, kind = usable_cores(), "cores that this process may use"
    else:
        available, kind = 1, f"devices of the kind {device.type}"
    if devices == AUTO:
        return 1 if device.type == "cpu" else available
    if int(devices) > max(available, 1):
        raise ConfigError(
            f"trainer.devices: expected at most {available}, the number of {kind}, got {devices}"
        )
    return int(devices)


def pick_precision(precision: str, device: torch.device) -> str:
    """Resolve ``auto``: bfloat16 where the device computes in it; elsewhere it is emulated, far slower.

    Args:
        precision: ``auto``, or a precision that is given back as it is.
        device: Where to run.

    Returns:
        ``bf16-mixed``, ``16-mixed`` (GPUs before bfloat16) or ``32-true``.
    """
    if precision != AUTO:
        return precision
    if device.type == "cuda":
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "16-mixed"
    return "bf16-mixed" if device.type == "cpu" and _cpu_has_bfloat16() else "32-true"


def check_precision(precision: str, device: torch.device) -> None:
    """Refuse a precision that a device does not train in.

    Raises:
        ConfigError: if it does not.
    """
    if precision == "16-mixed" and device.type == "cpu":
        # Lightning would compute in bfloat16 instead, and results would name what was not computed.
        raise ConfigError(
            "trainer.precision=16-mixed: expected a GPU, got a CPU, which has no fast float16; use "
            "bf16-mixed, 32-true or auto"
        )
    if precision == TF32 and not _has_tensor_float(device):
        raise ConfigError(
            f"trainer.precision=tf32: expected a GPU that has TensorFloat-32 (NVIDIA's since Ampere), got "
            f"{_name(device)}; use 32-true or auto"
        )


def _has_tensor_float(device: torch.device) -> bool:
    return device.type == "cuda" and torch.cuda.get_device_capability()[0] >= _AMPERE


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name() if device.type == "cuda" else f"the device {device.type}"


def _cpu_has_bfloat16() -> bool:
    # Older versions of torch cannot tell; then 32 bits are the safe choice.
    capabilities: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(bool(capabilities.get(name)) for name in ("avx512_bf16", "amx_bf16", "bf16"))
