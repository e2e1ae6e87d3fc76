"""What Lambda hands to a handler besides the event."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FakeLambdaContext:
    """The part of Lambda's context that is read."""

    function_name: str = "a-function"
    function_version: str = "1"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:a-function"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Say that there is plenty."""
        return 600_000
