"""Two hosts behind one nginx and before one PostgreSQL: network namespaces, or two servers where there can be none."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.electorate import Voter, make_electorate
from bench.servers import environment
from tests.live_server import COMMAND, free_port, run_command, running, wait_until_it_answers
from tests.postgres import PostgresServer, postgres_server
from tests.scratch import scratch_folder

VOTERS = 600
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream hosts {{ {servers} }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://hosts; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_connect_timeout 1s;
    }}
  }}
}}
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("hosts")


@dataclass
class Host:
    """A machine with its own address and data folder that serves RuhrVote."""

    name: str
    address: str
    port: int
    enter: list[str]  # the command that runs another one on this host
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Serve until the host is stopped or falls."""
        folder = Path(self.environ["RUHRVOTE_DATA_DIR"])
        command = [*self.enter, COMMAND, "serve", "--host", self.address, "--port", str(self.port)]
        with (folder / "serve.log").open("ab") as log:
            # In a session of its own, so that its processes can fall together.
            self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        wait_until_it_answers(f"http://{self.address}:{self.port}/login", folder / "serve.log")

    def fall(self) -> None:
        """Lose power: every process of the host is gone at once, whatever it was doing."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def recount(self) -> subprocess.CompletedProcess[str]:
        """`ruhrvote recount` on this host, which asks its web processes what they serve."""
        return run_command(self.environ, "recount")


@dataclass
class TwoHosts:
    """Both hosts, the port of the nginx before them, and who may vote."""

    hosts: list[Host]
    nginx: int
    voters: list[Voter]
    server: PostgresServer


WHY_TOGETHER = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it where nobody overlooks it if the hosts were not apart."""
    if reason := config.stash.get(WHY_TOGETHER, ""):
        terminalreporter.section("two hosts")
        terminalreporter.write_line(
            "not run: two hosts, each in a network namespace; two servers on the loopback instead"
        )
        terminalreporter.write_line(f"because {reason}")


def why_no_namespaces() -> str:
    """What keeps this user from running something in a network namespace; empty if nothing does."""
    if os.geteuid() != 0:
        return "it needs root"
    try:
        with namespace(0) as (_, enter):
            subprocess.run([*enter, "true"], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as refused:
        return f"`{shlex.join(refused.cmd)}` says: {refused.stderr.strip()}"
    return ""


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextmanager
def namespace(number: int) -> Iterator[tuple[str, list[str]]]:
    """A network namespace that is joined to this one by a cable: its address, and how to run a command in it."""
    name, here, there = f"ruhrvote-{os.getpid()}-{number}", f"rv{os.getpid() % 10_000}h{number}", f"rv{number}"
    network = f"10.203.{os.getpid() % 250}.{4 * number}"
    near, far = (f"{network.rpartition('.')[0]}.{4 * number + last}" for last in (1, 2))
    commands = [
        f"link add {here} type veth peer name {there} netns {name}",
        f"address add {near}/30 dev {here}",
        f"link set {here} up",
        f"-n {name} address add {far}/30 dev {there}",
        f"-n {name} link set {there} up",
        f"-n {name} link set lo up",
    ]
    ip("netns", "add", name)
    try:
        for command in commands:
            ip(*command.split())
        yield far, ["ip", "netns", "exec", name]
    finally:
        ip("netns", "delete", name)  # the cable goes with it


@pytest.fixture(scope="module")
def two_hosts(pytestconfig: pytest.Config) -> Iterator[TwoHosts]:
    """Both hosts, serving one open consultation."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(nginx).exists():
        pytest.fail("nginx is missing. As root on Debian: apt-get install nginx-light", pytrace=False)
    pytestconfig.stash[WHY_TOGETHER] = why_no_namespaces()
    apart = not pytestconfig.stash[WHY_TOGETHER]
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server())
        server.execute("CREATE DATABASE hosts")
        folder = stack.enter_context(scratch_folder())
        voters = make_electorate(folder, VOTERS, server.url("hosts"))
        hosts = []
        for number in range(2):
            address, enter = stack.enter_context(namespace(number)) if apart else ("127.0.0.1", [])
            (own := folder / f"host{number}").mkdir()
            environ = environment(own, server.url("hosts"))
            hosts.append(Host(f"host {number}", address, free_port(), enter, environ))
        servers = " ".join(f"server {host.address}:{host.port} max_fails=1 fail_timeout=1s;" for host in hosts)
        port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, servers=servers, port=port))
        for host in hosts:
            stack.callback(host.stop)
            host.start()
        command = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        stack.enter_context(running(command, dict(os.environ), folder / "nginx.out"))
        wait_until_it_answers(f"http://127.0.0.1:{port}/login", folder / "nginx.log")
        yield TwoHosts(hosts, port, voters, server)
