"""Scores of the weights that other selections take, from one training, beside those of the chosen one."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtl.data.splits import Split
from xtl.evaluation.evaluate import Evaluation
from xtl.results import ORACLE, Result
from xtl.store.records import TrainedPhase
from xtl.store.weights import read_encoder, read_head

logger = logging.getLogger(__name__)


def compare_selections(
    evaluation: Evaluation, trained: TrainedPhase, tests: Mapping[str, Split], results: Sequence[Result]
) -> list[Result]:
    """Score the weights that other selections take, each epoch's once.

    Predictions of other epochs stand under ``predictions/<task>/epoch-<n>``.

    Args:
        evaluation: Evaluation that gave ``results``; the weights of its module are changed.
        trained: Target phase, whose entry in the store has the weights.
        tests: Splits that were scored, by language.
        results: Results of the chosen selection.

    Returns:
        Results of the other selections, not ``is_selected``. For ``oracle``, languages with a validation set.
    """
    report, name = trained.report, trained.phase.task.name
    candidates = [
        (selection, epoch, list(tests))
        for selection, epoch in report.selections.items()
        if selection != results[0].run.selection
    ]
    candidates += [(ORACLE, epoch, [lang]) for lang, epoch in report.oracle.items() if lang in tests]
    by_epoch = {report.selected_epoch: list(results)}
    for epoch in sorted({epoch for _, epoch, _ in candidates} - {report.selected_epoch}):
        langs = {lang for _, candidate, listed in candidates if candidate == epoch for lang in listed}
        logger.info("%s: scoring epoch %s, which another rule chooses", name, epoch)
        read_encoder(trained.entry, trained.encoder.pretrained.backbone, epoch=epoch)
        read_head(trained.entry, evaluation.model.module, epoch=epoch)
        by_epoch[epoch] = evaluation.evaluate(
            {lang: split for lang, split in tests.items() if lang in langs},
            run_info=results[0].run,
            folder=f"{name}/epoch-{epoch}",
        )
    return [
        replace(result, run=replace(result.run, selection=selection, is_selected=False))
        for selection, epoch, langs in candidates
        for result in by_epoch[epoch]
        if result.lang in langs
    ]
