"""`python -m msbuild`."""

import sys

from msbuild.cli import main

sys.exit(main())
