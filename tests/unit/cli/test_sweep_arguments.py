"""What is added to the command line of a sweep."""

import pytest

from xtl.sweeps.arguments import expand_sweep_arguments, with_overrides


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
    own = [*grid, "hydra/launcher=local", "hydra.launcher.n_jobs=2"]  # says how it would share the cells out
    assert [one for one in expand_sweep_arguments(own) if "launcher" in one] == own[3:]
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
