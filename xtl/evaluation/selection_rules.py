"""What other rules of choosing weights would have scored, from one training: recorded beside the score."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from xtl.evaluation.evaluate import evaluate
from xtl.progress import say
from xtl.results import ORACLE, Result
from xtl.runs.run_folder import RunFolder
from xtl.store.records import TrainedPhase
from xtl.store.weights import read_encoder, read_head
from xtl.tasks.trained import TrainedTask
from xtl.training.device import DeviceSettings


def compare_selections(
    trained: TrainedPhase,
    model: TrainedTask,
    tests: Mapping[str, Sequence[Any]],
    found: Sequence[Result],
    *,
    machine: DeviceSettings,
    run: RunFolder,
) -> list[Result]:
    """Score the weights that other rules choose, each epoch's once.

    Args:
        trained: The target phase; its entry in the store has the weights.
        model: Its module, whose weights are changed.
        tests: What was scored, by language.
        found: Results of the chosen rule.
        machine: Device, precision, batch size.
        run: Takes the predictions of other epochs, under ``predictions/<task>/epoch-<n>``.

    Returns:
        Results of the other selections, not ``is_selected``. For ``oracle``, languages with a validation set.
    """
    report = trained.report
    wanted = [
        (rule, epoch, list(tests))
        for rule, epoch in report.selections.items()
        if rule != found[0].run.selection
    ]
    wanted += [(ORACLE, epoch, [lang]) for lang, epoch in report.oracle.items() if lang in tests]
    by_epoch = {report.selected_epoch: list(found)}
    for epoch in sorted({epoch for _, epoch, _ in wanted} - {report.selected_epoch}):
        langs = [lang for _, one, listed in wanted if one == epoch for lang in listed]
        say(f"{trained.phase.task.name}: scoring epoch {epoch}, which another rule chooses")
        read_encoder(trained.entry, trained.encoder.pretrained.backbone, epoch=epoch)
        read_head(trained.entry, model.module, epoch=epoch)
        by_epoch[epoch] = evaluate(
            model,
            {lang: tests[lang] for lang in tests if lang in langs},
            machine=machine,
            run=run,
            run_info=found[0].run,
            folder=f"{trained.phase.task.name}/epoch-{epoch}",
        )
    return [
        replace(line, run=replace(line.run, selection=rule, is_selected=False))
        for rule, epoch, langs in wanted
        for line in by_epoch[epoch]
        if line.lang in langs
    ]
