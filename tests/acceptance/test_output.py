"""What goes to the screen is one line for one thing, whatever is in a commit."""

from __future__ import annotations

import re
import sys

import msgspec

from tests.acceptance.host import Host
from tests.acceptance.processes import timeless

NASTY = "\x1b[2Jcleared\x07 \x9b31mred \x85next\u2028line\u202eover \N{PARTY POPPER}"


def test_the_module_is_the_command(lone_host: Host) -> None:
    """
    Where the command is not on the path, ``python -m headwater`` is the same.
    """
    assert lone_host.typed([sys.executable, "-m", "headwater", "sources", "--nonsense"]) == lone_host.headwater(
        "sources", "--nonsense"
    )


def test_piped_output_has_no_colours(lone_host: Host) -> None:
    """
    Into a pipe go no escape codes, though a terminal gets colours.
    """
    repository = lone_host.clone("api")
    run = lone_host.run("api", "missing")
    run.err.wait_for_line("^api has 1 branch; ")
    repository.commit("second")
    run.out.wait_for_line("second$")
    run.stop()

    assert "\x1b" not in "".join(run.out.all() + run.err.all() + lone_host.headwater("changes").out)


def test_a_commit_cannot_break_the_line(lone_host: Host) -> None:
    """
    Control characters of a subject, an author or a branch are shown as replaced; an emoji is shown as it is.
    """
    repository = lone_host.clone("api")
    run = lone_host.run("api")
    run.err.wait_for_line("^api has 1 branch; ")
    base = repository.parents("main")[0].encode()
    commit = b"tree %s\nparent %s\nauthor An\x1b[31ma <> 1700000000 +0000\ncommitter Bo <> 1700000000 +0000\n\n%s\nbody"
    tree = repository.git("rev-parse", "main^{tree}").encode()
    raw = commit % (tree, base, NASTY.encode())
    oid = repository.git("hash-object", "-w", "-t", "commit", "--stdin", "--literally", given=raw)
    repository.branch("n\x85l\u202e\N{PARTY POPPER}", oid)
    line = run.out.wait_for_line(" ").string
    run.stop()

    mark = "\N{REPLACEMENT CHARACTER}"
    subject = re.sub("[^ -~\N{PARTY POPPER}]", mark, NASTY)
    assert line.endswith(f"  n{mark}l{mark}\N{PARTY POPPER}  (new) {oid[:9]}  1 commit  An{mark}[31ma  {subject}")
    assert [line] == run.out.all()
    assert line.isprintable()


def test_json_keeps_every_character(lone_host: Host) -> None:
    """
    For programs a subject is as it was written.
    """
    repository = lone_host.clone("api")
    run = lone_host.run("api")
    run.err.wait_for_line("^api has 1 branch; ")
    repository.commit(NASTY)
    run.out.wait_for_line("  main  ")

    (line,) = lone_host.headwater("changes", "--format=json").out

    assert NASTY == msgspec.json.decode(line)["commits"][0]["message"]


def test_a_terminal_that_cannot_show_it(lone_host: Host) -> None:
    """
    A letter that the encoding of the output has not is shown as an escape, and nothing fails for it.
    """
    repository = lone_host.clone("api")
    run = lone_host.run("api", PYTHONIOENCODING="latin-1")
    run.err.wait_for_line("^api has 1 branch; ")
    repository.commit("Grusse \N{PARTY POPPER}")
    run.out.wait_for_line(r"  Grusse \\U0001f389$")
    shown = lone_host.headwater("changes", PYTHONIOENCODING="latin-1")

    assert 0 == run.stop()
    assert (0, []) == (shown.code, shown.err)
    assert timeless(run.out.all()) == timeless(shown.out)


def test_how_to_see_a_change_of_a_bare_repository(lone_host: Host) -> None:
    """
    Where nothing can be committed, the line to type is another one, and shows a change as well.
    """
    repository = lone_host.clone("api")
    repository.git("config", "core.bare", "true")
    run = lone_host.run("api/.git")
    line = run.err.wait_for_line("^To see a change, type elsewhere: (.+)$")[1]

    typed = lone_host.typed(line.split())
    run.out.wait_for_line("  api  hello-headwater  ")

    assert 0 == typed.code, typed.err


def test_how_to_see_a_change_of_a_detached_head(lone_host: Host) -> None:
    """
    Where a commit would move no branch, the line to type makes one.
    """
    repository = lone_host.clone("api")
    repository.git("update-ref", "--no-deref", "HEAD", repository.parents("main")[0])
    repository.git("checkout", "--detach", "--quiet")
    run = lone_host.run("api")
    line = run.err.wait_for_line("^To see a change, type elsewhere: (.+)$")[1]

    typed = lone_host.typed(line.split())
    run.out.wait_for_line("  api  hello-headwater  ")

    assert 0 == typed.code, typed.err
