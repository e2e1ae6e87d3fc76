"""Seeds, committed: those that may be looked at while tuning, and those that are reported.

No threshold may be chosen by looking at what the reported ones show.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

type Seeds = Mapping[str, Sequence[int]]
"""By scenario."""

TUNING: Seeds = MappingProxyType(
    {
        "5 minutes": range(1001, 1006),
        "1 minute": range(1101, 1103),
        "200 tasks on a lost server": range(1201, 1203),
        "50 tasks on a lost endpoint": range(1301, 1309),
    }
)
REPORTED: Seeds = MappingProxyType(
    {
        "5 minutes": range(3001, 3007),
        "1 minute": range(3101, 3103),
        "200 tasks on a lost server": range(3201, 3204),
        "50 tasks on a lost endpoint": range(3301, 3317),
    }
)
BY_NAME: Mapping[str, Seeds] = MappingProxyType({"tuning": TUNING, "reported": REPORTED})


def quick(seeds: Seeds) -> Seeds:
    """Keep one seed of each scenario, and none that takes long."""
    return {name: some[:1] for name, some in seeds.items() if name != "1 minute"}
