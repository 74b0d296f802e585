"""Nothing is started that a new machine lacks: every program is Python's, Debian's own, or in a script's list."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from ruhrvote.config import ROOT
from tests.programs import Start, listed_packages, read_python, read_shell

pytestmark = pytest.mark.once

# Which programs the smallest Debian has: its required packages, and apt. `git` and Python are what the README asks for.
MINIMAL = {
    "apt": {"apt-config", "apt-get"},
    "bash": {"bash"},
    "coreutils": {
        *("cat", "chmod", "cksum", "cp", "cut", "dirname", "id", "mkdir", "mktemp", "mv", "nice"),
        *("readlink", "rm", "rmdir", "sleep", "sort", "tail", "tee", "tr", "uname", "wc"),
    },
    "dpkg": {"dpkg-query"},
    "findutils": {"find"},
    "grep": {"grep"},
    "mawk": {"awk"},
    "mount": {"mount", "umount"},
    "sed": {"sed"},
    "tar": {"tar"},
    "util-linux": {"flock", "pivot_root", "runuser", "setpriv", "unshare"},
}
ASKED_FOR = {"git", "python3", "python3.11", "python3.12", "python3.13"}
# Which package each other program is in. The script that needs it must list that package.
PACKAGES = {
    "chromium-headless-shell": "chromium-headless-shell",
    "debootstrap": "debootstrap",
    "gcc": "gcc",
    "initdb": "postgresql",
    "ip": "iproute2",
    "nginx": "nginx-light",
    "postgres": "postgresql",
    "soffice": "libreoffice-calc",
    "wrk": "wrk",
}
# What the syntax alone does not tell, and what it is.
TOLD = {
    "bin/setup ?$PYTHON": "python3",
    "bin/setup ?${PYTHON-}": "python3",
    "bin/mutation ?${PYTHON-}": "python3",
    "bin/oracle ?${PYTHON-}": "python3",
    '.ci/run ?$(dirname "$(readlink -f "?$0")")/../bin/test': "bin/test",
    "bin/test-bare ?$4": "bash",  # what it runs in the minimal system, where this very thing is tried
    "bin/build_front_end.py ?found[0]": ".front-end/program",  # of a package that package-lock.json pins
    "tests/hosts/conftest.py ?enter": "ip",
    "tests/hosts/conftest.py ?self.enter": "ip",
    "tests/test_run.py start-ruhrvote": "bin/run",  # a link to it
}
SCRIPTS = [
    *(path for path in (ROOT / "bin").iterdir() if path.is_file() and path.suffix not in (".py", ".cjs")),
    ROOT / ".ci" / "run",
]
CODE = [
    path for folder in ("ruhrvote", "migrations", "tests", "bench", "bin") for path in (ROOT / folder).rglob("*.py")
]


def builtins() -> set[str]:
    """The commands that bash has itself."""
    return set(subprocess.run(["bash", "-c", "compgen -b"], capture_output=True, text=True, check=True).stdout.split())


def unexplained(starts: set[Start], packages: dict[str, set[str]]) -> set[Start]:
    """The starts of a program that nothing brings; packages are those that each script lists."""
    minimal = {"command", *builtins(), *ASKED_FOR, *(program for programs in MINIMAL.values() for program in programs)}
    found = set()
    for start in starts:
        file = start.where.rpartition(":")[0]
        program = TOLD.get(f"{file} {start.program}", start.program)
        name = PurePath(program).name
        responsible = {"bench": "bin/bench", "tests": "bin/test"}.get(file.split("/")[0], file)
        ours = (
            (Path(sys.executable).parent / name).exists()  # what pip installed
            or PurePath(program).parts[:1]
            in ((".front-end",), (".venv-bench",), (".venv-mutation",), (".venv-oracle",))
            or (ROOT / "bin" / name).is_file()
            or (file.startswith("bench/") and (ROOT / "bench" / f"{name}.c").exists())  # compiled there
        )
        if not (ours or name in minimal or PACKAGES.get(name) in packages.get(responsible, set())):
            found.add(start)
    return found


def test_every_program_that_is_started_comes_from_somewhere() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in CODE}
    starts = read_python(sources)
    for script in SCRIPTS:
        starts |= read_shell(script.read_text("utf-8"), script.relative_to(ROOT).as_posix())
    packages = {script.relative_to(ROOT).as_posix(): listed_packages(script) for script in SCRIPTS}
    assert unexplained(starts, packages) == set()
    # The finder finds what is known to be there, and nothing is listed that nobody starts any more.
    started = {PurePath(start.program).name for start in starts}
    assert PACKAGES.keys() <= started
    assert {"awk", "flock", "grep"} <= started
    assert {told.split(" ", 1)[1] for told in TOLD} <= {start.program for start in starts}


def test_bin_test_lists_what_the_benchmark_needs_that_it_runs() -> None:
    assert listed_packages(ROOT / "bin" / "bench") - {"wrk"} <= listed_packages(ROOT / "bin" / "test")


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="only Debian knows what its packages hold")
@pytest.mark.parametrize("package", MINIMAL)
def test_the_smallest_debian_has_these_programs(package: str) -> None:
    def ask(*arguments: str) -> str:
        return subprocess.run(["dpkg-query", *arguments, package], capture_output=True, text=True, check=True).stdout

    said = ask("-W", "-f", "${Essential} ${Priority}")
    assert package == "apt" or "yes" in said or "required" in said
    held = {PurePath(line).name for line in ask("-L").splitlines() if "bin/" in line}
    assert {program for program in MINIMAL[package] if not {program, f"m{program}"} & held} == set()


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess\nsubprocess.run(['convert', 'a.png'])",
        "import subprocess as s\ns.Popen(args=('convert', 'a.png'))",
        "from subprocess import check_output as ask\nask(['/usr/bin/convert'])",
        "import subprocess\nsubprocess.run('true && convert a.png', shell=True)",
        "import os\nos.system('cd /tmp; convert a.png')",
        "import os\nos.execvp('convert', [])",
        "import shutil\nprogram = shutil.which('convert') or 'git'",
        "import asyncio\nasync def f():\n    await asyncio.create_subprocess_exec('convert', 'a.png')",
        "import subprocess\nfrom pathlib import Path\nP = Path('/usr/bin')\nsubprocess.run([str(P / 'convert'), '-h'])",
        "import subprocess\ndef f(x):\n    c = ['git'] if x else [*['convert'], x]\n    subprocess.run(c + [x])",
        "import subprocess\nclass A:\n    c = subprocess.Popen('convert a.png'.split())",
        "import subprocess\ndef f(a, *c):\n    subprocess.run(c)\ndef g(*d):\n    f(1, *d)\ng('convert', 'a.png')",
        "import subprocess\ndef f(c='convert'):\n    subprocess.run([c])",
        "import subprocess\nfrom tests.x import told\nsubprocess.run(told())",
    ],
)
def test_a_program_that_python_starts_is_found(source: str) -> None:
    other = "def told():\n    program = 'convert'\n    return [program, 'a.png']"
    starts = read_python({"tests/a.py": source, "tests/x.py": other})
    assert {PurePath(start.program).name for start in unexplained(starts, {})} == {"convert"}


def test_a_program_that_nobody_can_tell_is_not_passed_over() -> None:
    starts = read_python({"tests/a.py": "import json, subprocess\nsubprocess.run(json.loads('[]'))"})
    assert unexplained(starts, {}) == {Start("?json.loads('[]')", "tests/a.py:2")}


@pytest.mark.parametrize(
    "script",
    [
        "convert a.png",
        "cd /tmp && ! convert a.png",
        "cat a | convert - >b || exit 1",
        'say() { printf "%s" "$(convert a.png)"; }',
        "if [ -n x ]; then name=$(LANG=C convert a.png); fi",
        "exec nice -n 15 convert a.png",
        "setpriv --pdeathsig TERM convert a.png",
        'step() { shift; "$@"; }\nstep "A heading" convert a.png',
        'timed() { "${@:2}" >log; }\ntimed heading nice convert a.png',
        'program=convert\n"$program" a.png',
        'with=()\nwith=(nice -n 1)\n"${with[@]}" convert a.png',
        'for program in git convert; do "$program" --version; done',
        "trap 'convert a.png' EXIT",
        "bash -euc 'convert a.png'",
        "case x in a) convert a.png ;; esac",
        "while read -r line; do convert a.png; done < <(cat a)",
    ],
)
def test_a_program_that_a_script_starts_is_found(script: str) -> None:
    assert {start.program for start in unexplained(read_shell(script, "bin/a"), {})} == {"convert"}


def test_a_script_that_the_finder_cannot_read_is_not_passed_over() -> None:
    assert unexplained(read_shell("if true; then echo a; done", "bin/a"), {})


def test_a_program_must_be_in_the_list_of_the_script_that_needs_it() -> None:
    starts = {Start("gcc", "bench/a.py:1"), Start("gcc", "tests/a.py:1")}
    assert unexplained(starts, {"bin/bench": {"gcc"}, "bin/test": {"nginx-light"}}) == {Start("gcc", "tests/a.py:1")}
