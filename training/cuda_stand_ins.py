"""Lets PyTorch's one wheel for Linux run without CUDA's libraries, which have gigabytes: compiles a
stand-in beside PyTorch's own for each library that is missing. Every function of a stand-in says "no
device", so PyTorch finds no GPU and computes on the processor. Where CUDA's own libraries are installed
later, PyTorch finds those first.

    training/.venv/bin/python training/cuda_stand_ins.py     (needs gcc and binutils)
"""

import importlib.util
import re
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

# cudaErrorNoDevice and CUDA_ERROR_NO_DEVICE.
NO_DEVICE = 100
# Loaded only when a GPU is used.
LATER = {"libcaffe2_nvrtc.so", "libtorch_cuda_linalg.so"}
# How CUDA's functions without a version begin; others are Python's or C++'s.
PREFIX = re.compile("cu|nccl")


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def missing_libraries(libraries: list[Path]) -> set[str]:
    """Names of the libraries that these need and the loader doesn't find."""
    return set(re.findall(r"(\S+) => not found", "".join(output("ldd", file) for file in libraries)))


def versions_asked(libraries: list[Path]) -> dict[str, str]:
    """The version of each library that these ask for, where they ask for one."""
    text = "".join(output("objdump", "-p", file) for file in libraries)
    return dict(re.findall(r"required from (\S+):\n +\S+ \S+ \S+ (\S+)", text))


def undefined_functions(libraries: list[Path]) -> dict[str, set[str]]:
    """The functions that none of the libraries has, by the version that they ask for; "" where they ask for
    none."""
    asked, given = defaultdict(set), set()
    for file in libraries:
        for line in output("nm", "-D", "--with-symbol-versions", file).splitlines():
            kind, _, symbol = line[17:].partition(" ")
            name, _, version = symbol.partition("@")
            if kind == "U":
                asked[version].add(name)
            elif kind not in "wv":
                given.add(name)
    return asked | {"": {name for name in asked[""] - given if PREFIX.match(name)}}


def compile_stand_in(name: str, version: str, functions: set[str], folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, versions = Path(scratch, "source.c"), Path(scratch, "versions")
        source.write_text(
            "".join(f"int {function}(void) {{ return {NO_DEVICE}; }}\n" for function in functions)
        )
        versions.write_text(f"{version} {{ global: *; }};\n")
        command = ["gcc", "-w", "-shared", "-fPIC", "-fno-builtin", f"-Wl,-soname,{name}"]
        if version:
            command.append(f"-Wl,--version-script={versions}")
        subprocess.run([*command, "-o", folder / name, source], check=True)


def main() -> None:
    folder = Path(importlib.util.find_spec("torch").origin).parent / "lib"
    libraries = [file for file in folder.glob("*.so") if file.name not in LATER]
    functions = undefined_functions(libraries)
    versions = versions_asked(libraries)
    missing = sorted(missing_libraries(libraries))
    for name in missing:
        version = versions.get(name, "")
        compile_stand_in(name, version, functions[version], folder)
    print(f"{len(missing)} stand-ins in {folder}")


if __name__ == "__main__":
    main()
