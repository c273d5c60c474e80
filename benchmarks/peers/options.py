"""What the flags of the comparisons have in common."""
import argparse
import os


def usable_cores():
    """How many cores the process may run on: fewer than the machine has under taskset or in a container."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def output_file(path):
    """A file that can be written when the measurement is over; nothing is made yet."""
    folder = os.path.dirname(os.path.abspath(path))
    if not path or os.path.isdir(path):
        raise argparse.ArgumentTypeError(f"expected a file's name, found '{path}'")
    if not os.path.isdir(folder):
        raise argparse.ArgumentTypeError(f"expected a file in a folder that exists, found '{path}'")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise argparse.ArgumentTypeError(f"expected a file that can be written, found '{path}'")
    return path
