"""What is added to the command line of a sweep."""

import itertools

import pytest
from hydra._internal.utils import get_args_parser

from xtl.sweeps.arguments import expand_sweep_arguments, overrides_first, with_overrides


def test_the_same_sweep_has_the_same_folder_and_another_has_not():
    def extra(*arguments: str) -> list[str]:
        return [one for one in expand_sweep_arguments(list(arguments)) if one not in arguments]

    first = extra("-m", "target=udpos,panx", "seed=1,2", "data.root=/x")
    assert extra("-m", "seed=1,2", "target=udpos,panx", "data.root=/x") == first
    assert first[1] == "hydra.job.config.override_dirname.exclude_keys=[data.root]"
    assert extra("-m", "target=udpos,panx", "seed=1,3", "data.root=/x")[0] != first[0]
    assert extra("-m", "target=udpos,panx", "seed=1,2", "data.root=/x", "sweep.dry_run=true")[0] == first[0]
    assert extra("target=udpos", "seed=1") == []
    assert len(extra("-m", "seed=1,2", "hydra.sweep.dir=here")) == 1


def test_one_seed_that_becomes_several_has_its_place_in_the_names_of_cells():
    arguments = ["-m", "target=udpos,panx", "seed=1", "backbone=tiny"]
    excluded = "hydra.job.config.override_dirname.exclude_keys"
    assert f"{excluded}=[backbone,seed]" in expand_sweep_arguments(arguments)
    more = expand_sweep_arguments([*arguments, "sweep.seeds_more=2"])
    assert f"{excluded}=[backbone,sweep.seeds_more]" in more
    assert more[1] == expand_sweep_arguments(arguments)[1]  # the folder of the same sweep


def test_of_a_setting_that_is_given_twice_the_last_value_counts():
    excluded = "hydra.job.config.override_dirname.exclude_keys"
    grid = ["-m", "seed=1", "target.langs=[de]", "seed=1,2", "target.langs=[de],[sw]", "backbone=tiny"]
    assert f"{excluded}=[backbone]" in expand_sweep_arguments(grid)
    assert f"{excluded}=[backbone,seed]" in expand_sweep_arguments(
        ["-m", "seed=1,2", "backbone=tiny", "seed=3"]
    )


@pytest.mark.parametrize("mode", ["hydra.mode=MULTIRUN", "++hydra.mode=multirun"])
def test_a_sweep_by_its_mode_is_one(mode):
    expanded = expand_sweep_arguments([mode, "target=udpos", "seed=1,2"])
    assert any(argument.startswith("hydra.sweep.dir=outputs/sweeps/udpos") for argument in expanded)


def test_a_dry_run_stays_in_the_process_whatever_the_launcher():
    grid = ["-m", "target=udpos,panx", "sweep.dry_run=true"]
    others = [*grid, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    launchers = [one for one in expand_sweep_arguments(others) if "launcher" in one]
    assert launchers == ["hydra/launcher=basic"]
    for settings in (  # which say how cells would share the slots, or that they run elsewhere
        ["hydra/launcher=local", "hydra.launcher.n_jobs=2"],
        ["hydra/launcher=submitit_slurm", "hydra.launcher.partition=gpu"],
    ):
        expanded = expand_sweep_arguments([*grid, *settings])
        assert [one for one in expanded if "launcher" in one] == settings
    assert "hydra.launcher.n_jobs=2" in expand_sweep_arguments([*others[:2], *others[3:]])


@pytest.mark.parametrize("flag", ["--config-dir", "-cd"])
def test_a_folder_with_an_equals_sign_is_no_override(flag):
    arguments = ["-m", flag, "my files/a=b", "target=udpos,panx"]
    assert expand_sweep_arguments(arguments)[:3] == arguments[:3]
    assert with_overrides([flag, "a=b"], ["seed=1"]) == [flag, "a=b", "seed=1"]


def test_a_choice_for_one_phase_is_no_other_value_of_the_choice_for_both():
    names = {
        expand_sweep_arguments(["-m", f"tuning={tuning}", "+tuning@intermediate.tuning=adapter"])[1]
        for tuning in ("lora", "full")
    }
    assert len(names) == 2
    assert all(name.startswith("hydra.sweep.dir=") for name in names)


def test_flags_may_stand_anywhere_among_the_overrides():
    flags = [["-m"], ["--config-dir", "a=b"], ["--package=target"], ["--info"], ["--experimental-r", "job"]]
    overrides = ["target=udpos", "~tracking", "+target.langs=[de]"]
    parser = get_args_parser()
    expected = parser.parse_args([*overrides, *itertools.chain(*flags)])
    orders = itertools.permutations([*flags, *([override] for override in overrides)])
    for order in itertools.islice(orders, 0, None, 101):
        read = parser.parse_args(overrides_first([*itertools.chain(*order)]))
        assert sorted(read.overrides) == sorted(overrides)
        assert {**vars(read), "overrides": overrides} == vars(expected)


@pytest.mark.parametrize("arguments", [["--info", "searchpath", "seed=1"], ["seed=1", "-i", "searchpath"]])
def test_the_value_of_a_flag_that_needs_none_stays_with_it(arguments):
    read = get_args_parser().parse_args(overrides_first(arguments))
    assert (read.info, read.overrides) == ("searchpath", ["seed=1"])


def test_overrides_keep_their_order_and_so_do_flags():
    assert overrides_first(["-m", "seed=2", "-cd", "my", "seed=1", "-r"]) == [
        "seed=2", "seed=1", "-m", "-cd", "my", "-r",
    ]  # fmt: skip
