import pytest

from cosim.build import design
from cosim.native.build import native_library


@pytest.fixture
def library(build_dir):
    """Return the library of a job's macro."""

    def library(job, trace=None):
        return native_library(design(job.chip.macro, build_dir), build_dir, trace=trace)

    return library
