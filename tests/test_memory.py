"""What is freed is kept for the next picture, where the C library would give it back."""

import platform
import subprocess
import sys

import pytest

CHURN = """
import resource
from togimg.studio.memory import keep_freed

keep_freed()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def churn():
    blocks = [b"x" * 100_000 for _ in range(10)]

churn()
before = faults()
for _ in range(200):
    churn()
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others do not mind")
def test_memory_that_is_freed_is_not_asked_for_again() -> None:
    ran = subprocess.run([sys.executable, "-c", CHURN], capture_output=True, check=True, text=True)

    # Without it, they are ten thousands: each of 200 times a megabyte, in pages.
    assert int(ran.stdout) < 1_000
