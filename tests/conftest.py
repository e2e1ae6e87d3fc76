"""What every suite shares."""

from tests.stack import aws, localstack

__all__ = ["aws", "localstack"]
