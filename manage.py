#!/usr/bin/env python
"""Django's command line; starts the private database first when it is down."""

import os
import sys

from gridmap import cluster

SERVING = ("run_clock", "run_imports", "run_dispatches")  # by a login that owns nothing


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmap.settings")
    cluster.ensure()
    if sys.argv[1:2] and sys.argv[1] in SERVING:
        cluster.log_in_as("work")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
