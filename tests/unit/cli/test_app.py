"""The command line as a whole: how fast it starts, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from platformctl.cli.commands import Commands, app

ROOT = Path(__file__).parents[3]
PROGRAM = [sys.executable, "-c", "from platformctl.cli.app import main; main()"]
HEAVY = "kr8s", "cryptography", "jinja2", "pydantic", "ruamel.yaml", "httpx", "jsonschema_rs"


def run(*arguments: str, code: str = "", **settings: object) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own; ``code`` runs before it."""
    start = [sys.executable, "-c", f"{code}\nfrom platformctl.cli.app import main; main()"]
    given: dict[str, object] = {"capture_output": True, "text": True, "check": False, "cwd": ROOT}
    return subprocess.run([*start, *arguments], **given | settings)  # type: ignore[call-overload,no-any-return]


def failing(with_: str) -> str:
    """Code that makes ``render`` fail."""
    return f"import platformctl.cli.render as command\ndef render(): raise {with_}\ncommand.render = render"


@pytest.mark.parametrize("arguments", ["--version", "--help"])
def test_what_asks_for_little_loads_little(arguments: str) -> None:
    asked = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr))"
    )
    done = run(arguments, code=asked)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_the_list_says_what_the_commands_say_of_themselves() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for name, entry in Commands.entries.items():
        command = group.loaded(name)
        assert (command.help or "").split("\n\n")[0].replace("\n", " ").startswith(entry.summary), name


@pytest.mark.parametrize("command", ["", "status", "down", "models", "models verify"])
def test_a_flag_shows_no_type(command: str) -> None:
    shown = run(*command.split(), "--help").stdout
    assert "--help" in shown
    assert "<bool>" not in shown


@pytest.mark.parametrize(
    ("error", "said", "fix"),
    [
        ('OSError(28, "No space left on device", "/x/y")', "/x/y: No space left on device", "make room"),
        ('PermissionError(13, "Permission denied", "/x")', "/x: Permission denied", "get the right"),
        ('TimeoutError("too slow")', "too slow", "mend that"),
    ],
)
def test_what_the_machine_refuses_is_one_sentence(error: str, said: str, fix: str) -> None:
    done = run("render", code=failing(error))
    assert done.returncode == 3
    first, second = done.stderr.splitlines()
    assert first == f"error  {said}"
    assert fix in second


def test_a_bug_is_one_sentence_and_its_traceback_is_kept(tmp_path: Path) -> None:
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    done = run("render", code=failing('ValueError("odd\\nvery")'), env=environment)
    log = tmp_path / "platformctl/platformctl-crash.log"
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "error  this is a bug in platformctl (ValueError: odd)",
        f"  fix    report it with {log}",
    ]
    assert "Traceback" in log.read_text() and "ValueError: odd" in log.read_text()


def test_a_bug_is_told_even_when_there_is_no_home() -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": "/dev/null", "TMPDIR": "/dev/null"}
    done = run("render", code=failing("KeyError(1)"), env=environment)
    assert done.returncode == 3
    assert "this is a bug in platformctl (KeyError: 1)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    printing = (
        "import platformctl.cli.render as command, typer\n"
        "def render():\n"
        "    while True: typer.echo('x' * 1000)\n"
        "command.render = render"
    )
    start = [sys.executable, "-c", f"{printing}\nfrom platformctl.cli.app import main; main()", "render"]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout and program.stderr
        program.stdout.readline()
        program.stdout.close()
        assert program.stderr.read() == ""
    assert program.returncode == 141


def test_an_output_that_is_full_is_named() -> None:
    with Path("/dev/full").open("w") as full:
        done = run("render", "--schema", stdout=full, capture_output=False, stderr=subprocess.PIPE)
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == "error  stdout: No space left on device"


@pytest.mark.parametrize("closed", [1, 2])
def test_a_closed_output_is_as_devnull(closed: int) -> None:
    done = run("render", "--schema", preexec_fn=lambda: os.close(closed))
    assert (done.returncode, done.stderr) == (0, "")


def test_wrong_use_reads_like_every_error() -> None:
    done = run("status", "--contxt", "x")
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.startswith("error  No such option: --contxt") and "--context" in first
    assert second == "  fix    platformctl status --help"


def test_without_arguments_there_is_the_help() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (2, "")
    assert "Usage: platformctl" in done.stdout


def test_ctrl_c_names_the_way_on() -> None:
    done = run("render", code=failing("KeyboardInterrupt"))
    assert done.returncode == 130
    assert done.stderr.strip() == "interrupted; the same command goes on from here"


def test_ctrl_c_before_the_command_begins_says_the_same() -> None:
    early = (
        "import platformctl.cli.lazy as lazy\n"
        "def parse_args(*_): raise KeyboardInterrupt\n"
        "lazy.LazyGroup.parse_args = parse_args"
    )
    done = run("render", code=early)
    assert done.returncode == 130
    assert done.stderr.strip() == "interrupted; the same command goes on from here"


def test_ctrl_c_while_it_loads_is_as_quiet() -> None:
    slow = (
        "import sys, time\n"
        "class Slow:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'typer': print('loading', flush=True); time.sleep(30)\n"
        "sys.meta_path.insert(0, Slow())"
    )
    start = [sys.executable, "-c", f"{slow}\nfrom platformctl.cli.app import main; main()", "render"]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout and program.stderr
        assert program.stdout.readline() == "loading\n"
        program.send_signal(signal.SIGINT)
        assert program.stderr.read().strip() == "interrupted; the same command goes on from here"
    assert program.returncode == 130


def test_ctrl_c_at_a_question_changes_nothing(tmp_path: Path) -> None:
    terminal, theirs = os.openpty()
    start = [*PROGRAM, "init", str(tmp_path / "new"), "--no-git"]
    settings = {"stdin": theirs, "stdout": theirs, "stderr": subprocess.PIPE}
    with subprocess.Popen(start, text=True, **settings) as program:  # type: ignore[call-overload]
        said = program.stderr.read(6)
        program.send_signal(signal.SIGINT)
        said += program.stderr.read()
    os.close(theirs)
    os.close(terminal)
    assert program.returncode == 130
    assert said.splitlines()[-1] == "stopped; nothing was changed"
    assert not (tmp_path / "new").exists()


def test_directory_goes_before_the_command(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("name: [")
    done = run("-C", str(tmp_path), "render")
    assert (done.returncode, done.stderr.count("platform.yaml:1")) == (2, 1)
    done = run("-C", str(tmp_path / "nowhere"), "render")
    assert done.returncode == 2
    assert "there is no such folder" in done.stderr
