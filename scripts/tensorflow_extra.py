"""Print which TensorFlow extra suits this machine: ``tensorflow`` or ``tensorflow-cpu``.

The smaller ``tensorflow-cpu`` exists for Linux on x86-64 and for Windows; it is the one to take
there unless an NVIDIA GPU is found.
"""

from __future__ import annotations

import platform
import shutil
import sys

if __name__ == "__main__":
    has_cpu_build = (platform.system(), platform.machine().lower()) in {
        ("Linux", "x86_64"),
        ("Windows", "amd64"),
    }
    has_gpu = shutil.which("nvidia-smi") is not None
    extra = "tensorflow-cpu" if has_cpu_build and not has_gpu else "tensorflow"
    sys.stdout.write(extra + "\n")
