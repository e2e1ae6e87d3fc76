"""`python -m local.browser`: see to it that there is a Chromium for the tests."""

import os
import sys

from local.browser.chromium import ChromiumMissing, ensure, run_command


def main() -> int:
    """Find Chromium or install it; 1 if neither can be done."""
    try:
        ensure(_say, is_root=os.geteuid() == 0, run=run_command)
    except ChromiumMissing as error:
        _say(str(error))
        return 1
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
