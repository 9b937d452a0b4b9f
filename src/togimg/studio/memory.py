"""Memory: what one picture needs is kept for the next, and not given back in between."""

_BLOCK = 2**20


def keep_freed() -> None:
    """Has the C library keep, from now on, up to two megabytes of what is freed, for each thread.

    glibc gives free memory back to the system above twice the largest block that it has taken
    for itself alone and given back (mallopt(3), M_MMAP_THRESHOLD): at first that is 256 KB, which
    each picture passes, and a tenth of a picture's time was spent on taking it again. Other C
    libraries do not mind.
    """
    bytes(_BLOCK)
