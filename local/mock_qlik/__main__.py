"""Run the mock Qlik server in the foreground: `python -m local.mock_qlik --help`."""

import argparse
import asyncio
import errno
import signal
import sys
from pathlib import Path

from local.mock_qlik.application import Application
from local.mock_qlik.scenario_file import DEFAULT_SCENARIO, ScenarioInvalid, load_scenario
from local.mock_qlik.server import LOOPBACK, RunningServer
from local.mock_qlik.world import World

_CA_FILE = Path("build/mock-qlik/ca.pem")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.mock_qlik", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8480, help="0 takes a free one (%(default)s)")
    parser.add_argument(
        "--scenario", type=Path, default=DEFAULT_SCENARIO, help="YAML file with the fleet"
    )
    parser.add_argument("--tls", action="store_true", help="speak HTTPS, with a CA made now")
    parser.add_argument(
        "--ca-file", type=Path, default=_CA_FILE, help="where to write the CA (%(default)s)"
    )
    parser.add_argument("--speed", type=float, help="scenario seconds a second, over the file's")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        application = Application(World(load_scenario(options.scenario), options.speed))
        asyncio.run(_serve(application, options))
    except ScenarioInvalid as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(_why_not(error, options))
    return 0


async def _serve(application: Application, options: argparse.Namespace) -> None:
    server = RunningServer(application)
    ca_file = options.ca_file if options.tls else None
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await server.start(options.host, options.port, ca_file)
        _introduce(server, ca_file)
        await stopped.wait()
    finally:
        await server.stop()


def _introduce(server: RunningServer, ca_file: Path | None) -> None:
    scenario = server.application.world.scenario
    credentials, fleet = scenario.credentials, server.application.world.fleet
    tasks = sum(len(one.tasks) for one in fleet.servers.values())
    lines = {
        "Qlik": f"{server.url}/attunityenterprisemanager/api/v1",
        "Cloud": f"{server.url}/api/v1/di-projects",
        "Control": f"{server.url}/_mock/state",
        "User": f"{credentials.username} / {credentials.password}",
        "Token": credentials.api_token,
        "JWT": credentials.jwt,
        "CA": str(ca_file) if ca_file else "none (plain HTTP)",
        "Fleet": f"{len(fleet.servers)} servers, {tasks} tasks, speed "
        f"{server.application.world.clock.speed:g}",
    }
    print("\n".join(f"{name + ':':9}{value}" for name, value in lines.items()), flush=True)


def _why_not(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {options.port} is taken: choose another with --port (PORT= with make)."
    return f"Cannot start on {options.host}:{options.port}: {error}"


def _failed(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
