"""`make bench-nab DATA=folder`: the streaming score under the Numenta Anomaly Benchmark's rules.

The folder is a checkout of https://github.com/numenta/NAB or a part of it with the same layout.
Nothing is tuned for a file, and each score uses only its own and earlier points. Beside it stands
a plain baseline: how many standard deviations off an exponentially weighted mean a value is.

Other scorers may load this file by its path and call `anomaly_scores`.
"""

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path += [str(REPOSITORY), str(REPOSITORY / "layers/qlik_monitor/python")]  # when run by path

from benchmarks.nab_scoring import (  # noqa: E402
    LAYOUT,
    PROFILES,
    CorpusMissing,
    Series,
    read_corpus,
    score,
)
from qlik_monitor.domain.streaming_score import StreamingScore  # noqa: E402

BASELINE_ALPHA = 0.02
type Detector = Callable[[list[str], list[float]], list[float]]


def anomaly_scores(timestamps: list[str], values: list[float]) -> list[float]:
    """Score each value from 0 to 1 by it and what came before; timestamps are ISO 8601, in UTC."""
    state = StreamingScore()
    times = (datetime.fromisoformat(timestamp).replace(tzinfo=UTC) for timestamp in timestamps)
    return [state.add(at.timestamp(), value) for at, value in zip(times, values, strict=True)]


def baseline_scores(_timestamps: list[str], values: list[float]) -> list[float]:
    """Score by deviations from an exponentially weighted mean, mapped to 0 to 1 by z / (z + 1)."""
    mean, variance, scores = values[0] if values else 0.0, 0.0, []
    for value in values:
        off = value - mean
        z = abs(off) / math.sqrt(variance) if variance > 0 else 0.0
        scores.append(z / (z + 1))
        mean += BASELINE_ALPHA * off
        variance = (1 - BASELINE_ALPHA) * (variance + BASELINE_ALPHA * off * off)
    return scores


DETECTORS: dict[str, Detector] = {"streaming": anomaly_scores, "EWMA": baseline_scores}


def table(corpus: Sequence[Series], detectors: dict[str, Detector]) -> list[str]:
    """Make the lines of the result: each group at its own best threshold, and all together."""
    found = {
        name: {series.name: detect(series.timestamps, series.values) for series in corpus}
        for name, detect in detectors.items()
    }
    columns = [f"{name} {profile.name}" for name in detectors for profile in PROFILES]
    lines = [f"{'group':24}{'files':>6}{'windows':>8}" + "".join(f"{c:>20}" for c in columns)]
    groups = sorted({series.group for series in corpus if series.windows})
    for group in [*groups, "all"]:
        chosen = [series for series in corpus if group in (series.group, "all")]
        windows = sum(len(series.windows) for series in chosen)
        figures = [
            score(chosen, found[name], profile) for name in detectors for profile in PROFILES
        ]
        lines.append(
            f"{group:24}{len(chosen):6}{windows:8}"
            + "".join(f"{figure:20.1f}" for figure in figures)
        )
    return lines


def main() -> int:
    """Print the profiles of each group and of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nab", description=__doc__)
    parser.add_argument("folder", help=f"holds {LAYOUT}")
    folder = parser.parse_args().folder
    if not folder:
        print(
            f"DATA is missing: make bench-nab DATA=folder. It must hold {LAYOUT}.", file=sys.stderr
        )
        return 2
    try:
        corpus = read_corpus(Path(folder).expanduser())
    except CorpusMissing as error:
        print(f"DATA={folder}: {error}", file=sys.stderr)
        return 2
    began = time.process_time()
    for series in corpus:
        anomaly_scores(series.timestamps, series.values)
    used = time.process_time() - began
    print("\n".join(table(corpus, DETECTORS)))
    points = sum(len(series.values) for series in corpus)
    print(
        f"{points} points, {used / points * 1e6:.0f} us of CPU a point with parsing its timestamp"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
