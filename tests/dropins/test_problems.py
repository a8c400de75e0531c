"""Problems of drop-ins: one row for all problems of a kind."""

from __future__ import annotations

from homelab.dropins.problems import ERROR, NOTE, WARNING, Problem, grouped


def _not_executable(name: str) -> Problem:
    path = f"/srv/verbs/{name}"
    why, fix = "it is not executable", f"chmod +x {path}"
    return Problem("not-executable", ERROR, why, fix, path, name)


def _needs(verb: str, program: str) -> Problem:
    why, fix = f"it needs {program}, which is not in PATH", f"install {program}"
    return Problem("missing-program", WARNING, why, fix, f"/srv/verbs/{verb}", verb, program)


def test_equal_problems_are_one_row_with_a_count_and_an_example() -> None:
    (group,) = grouped([_not_executable(f"v{number}") for number in range(400)])
    assert (group.level, group.count, group.example) == (ERROR, 400, "v0")
    assert group.sentence == "it is not executable"
    assert group.fix == "chmod +x FILE"
    assert group.verbs == tuple(f"v{number}" for number in range(400))


def test_a_single_problem_has_its_exact_fix() -> None:
    (group,) = grouped([_not_executable("df")])
    assert (group.count, group.fix, group.file) == (1, "chmod +x /srv/verbs/df", "/srv/verbs/df")


def test_what_differs_from_verb_to_verb_is_named_up_to_two() -> None:
    programs = ("jq", "jq", "zpool", "rclone", "restic")
    (group,) = grouped([_needs(f"v{at}", program) for at, program in enumerate(programs)])
    assert group.sentence == "missing programs: jq, zpool and 2 more"
    assert group.fix == "install them"
    (group,) = grouped([_needs("a", "jq"), _needs("b", "jq")])
    assert group.sentence == "it needs jq, which is not in PATH"
    assert group.fix == "install jq"


def test_missing_programs_have_one_command_where_their_packages_are_known() -> None:
    problems = [_needs("a", "jq"), _needs("b", "zpool"), _needs("c", "zfs")]
    for problem, package in zip(problems, ("jq", "zfsutils-linux", "zfsutils-linux")):
        problem.fix = f"apt install {package}"
    (group,) = grouped(problems)
    assert group.fix == "apt install jq zfsutils-linux"
    (group,) = grouped([*problems, _needs("d", "nosuch")])
    assert group.fix == "install them"
    elsewhere = _needs("d", "mdadm")
    elsewhere.fix = "run it with PATH=$PATH:/usr/sbin"
    (group,) = grouped([*problems, elsewhere])
    assert group.fix == "--all shows the fix for each"


def test_several_problems_of_one_kind_count_their_verb_once() -> None:
    lines = [
        Problem("header-line", WARNING, f"line {number}: wrong", "correct /a", "/a", "a")
        for number in (2, 3)
    ]
    (group,) = grouped(lines)
    assert (group.count, group.fix) == (1, "homelab verbs check --all a")
    assert group.sentence == "the header has lines with mistakes"


def test_the_worst_level_comes_first_and_then_the_most_frequent_kind() -> None:
    notes = [Problem("no-effect", NOTE, "no effect", "", f"/{at}", f"n{at}") for at in range(9)]
    groups = grouped([
        *notes, _needs("a", "jq"), _needs("b", "jq"), Problem("cut", WARNING, "cut", "", "/c", "c"),
        _not_executable("d"), Problem("folder", ERROR, "it is not used", "", "/srv"),
    ])  # fmt: skip
    assert [(group.level, group.kind, group.count) for group in groups] == [
        (ERROR, "folder", None), (ERROR, "not-executable", 1),
        (WARNING, "missing-program", 2), (WARNING, "cut", 1),
        (NOTE, "no-effect", 9),
    ]  # fmt: skip


def test_each_folder_that_is_not_used_has_a_row() -> None:
    whys = ("nas is not used: /srv/a: it is gone", "lab is not used: /srv/b: it is gone")
    groups = grouped([Problem("folder", ERROR, why, "", why) for why in whys])
    assert [(group.count, group.sentence) for group in groups] == [(None, whys[0]), (None, whys[1])]


def test_an_unknown_kind_is_grouped_by_its_sentence() -> None:
    found = [
        Problem("other", ERROR, f"it is {why}", "", "/x", "x") for why in ("odd", "odd", "new")
    ]
    assert [group.sentence for group in grouped(found)] == ["it is odd", "it is new"]


def test_a_sentence_with_a_path_gives_way_to_a_short_one() -> None:
    """The row has the name of the verb, and its fix has the path."""
    fix = "rename one, or run it with: homelab verbs run --from /srv df"
    problem = Problem("same-name", WARNING, "/a/df runs instead", fix, "/srv/df", "df")
    (group,) = grouped([problem])
    assert group.sentence == "another file of this name runs instead"
    assert group.fix == fix
    assert problem.pattern == "rename one, or run it with: homelab verbs run --from /srv VERB"


def test_the_pattern_leaves_the_letters_of_a_short_verb_alone() -> None:
    problem = Problem("untrusted", ERROR, "it is world-writable", "chmod o-w /a", "/a", "o")
    assert problem.pattern == "chmod o-w FILE"
    assert Problem("other", ERROR, "x", "mv it", "/b", "t").pattern == "mv it"
