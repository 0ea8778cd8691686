"""``python -m tunewidgets.cli`` is the ``tunewidgets`` command."""

import sys

from tunewidgets.cli import main

if __name__ == "__main__":
    sys.exit(main())
