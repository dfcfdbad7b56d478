"""``python -m fukkatsu``: the same commands where the script is not on the path."""

from __future__ import annotations

import sys

from fukkatsu._cli.main import main

if __name__ == "__main__":
    sys.exit(main())
