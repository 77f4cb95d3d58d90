"""The card that a run uses, and how PyTorch is to use it."""

import platform

import torch

CPU_HINT = "--device torch-cpu tries a recipe on the processor, very slowly"


def find_device(name: str) -> torch.device:
    """The device that `--device` names: "gpu" or "torch-cpu".

    Raises SystemExit where there is no GPU.
    """
    if name == "torch-cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise SystemExit(f"no GPU: PyTorch {torch.__version__} finds none on this machine; {CPU_HINT}")
    # Convolutions of one shape all through: the fastest way is searched once, and TF32 is exact enough.
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = True
    return torch.device("cuda")


def describe(device: torch.device) -> str:
    return (
        torch.cuda.get_device_name(device) if device.type == "cuda" else f"processor ({platform.machine()})"
    )


def half_precision(device: torch.device) -> torch.autocast:
    """Within it convolutions are in bfloat16 on a GPU; on a processor all stays in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
