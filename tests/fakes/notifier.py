"""People who write down what they are told."""

from qlik_monitor.domain.notification import Notification, NotificationKind
from qlik_monitor.errors import NotificationFailed


class RecordingNotifier:
    """Fits `Notifier`; fails as often as it was told to, then records."""

    def __init__(self, failures: int = 0) -> None:
        """Fail the first so many times."""
        self.failures = failures
        self.sent: list[Notification] = []

    @property
    def kinds(self) -> list[NotificationKind]:
        """The kinds of what was sent, in order."""
        return [notification.kind for notification in self.sent]

    def tell(self, notification: Notification) -> None:
        """Record one message."""
        if self.failures:
            self.failures -= 1
            raise NotificationFailed("nobody listens")
        self.sent.append(notification)
