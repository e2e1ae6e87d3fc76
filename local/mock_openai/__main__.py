"""`python -m local.mock_openai`: the mock server on the command line."""

import argparse
import logging
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from local.mock_openai.scenario import Scenario, ScenarioError, load
from local.mock_openai.server import MockOpenAI

DEFAULT_PORT = 8090
DEFAULT_SCENARIO = Path(__file__).parent / "scenarios" / "thoughtful.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        scenario = load(options.scenario)
    except ScenarioError as error:
        return _failed(str(error))
    return _serve(MockOpenAI(scenario, host=options.host, port=options.port), scenario, options)


def _serve(mock: MockOpenAI, scenario: Scenario, options: argparse.Namespace) -> int:
    try:
        mock.start()
    except OSError as error:
        return _failed(f"can't listen on {options.host}:{options.port}: {error.strerror or error}")
    try:
        _introduce(mock, scenario, options.scenario)
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
    finally:
        mock.stop()
    return 0


def _introduce(mock: MockOpenAI, scenario: Scenario, path: Path) -> None:
    print(f"address   {mock.url}")
    print(f"key       {mock.api_key}")
    print(f"control   {mock.control_url}/state")
    print(f"scenario  {path.name}: {len(scenario.answers)} answers, then the default")
    print(f"models    {', '.join(model.id for model in scenario.models)}", flush=True)


def _failed(message: str) -> int:
    print(f"mock_openai: {message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.mock_openai",
        description="A mock OpenAI server: chat completions, responses and models.",
        epilog="Point the client at it with OPENAI_BASE_URL and OPENAI_API_KEY.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port to listen on, 0 for any (%(default)s)"
    )
    parser.add_argument(
        "--scenario", type=Path, default=DEFAULT_SCENARIO, help="YAML file (thoughtful.yaml)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
