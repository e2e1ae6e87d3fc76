"""What every suite shares."""

import signal

from tests.stack import aws, localstack

__all__ = ["aws", "localstack"]

# A shell ignores SIGINT for what it starts in the background, and so would every process that the
# tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
