"""A module of xtl under a plain Trainer: accumulation, a callback, several loaders, a compiled backbone."""

import lightning
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from settings import QUIET, SIZES

import xtl
from xtl.metrics import tagging_metric
from xtl.modules import AdamWLinear, MultiTask, TokenTagging


class Losses(Callback):
    """A callback of the project's own."""

    def __init__(self):
        self.losses = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(float(outputs["loss"]))


def main():
    data = xtl.XtlDataModule(
        "pocket_pos", lang="en", langs=["de", "sw"], val_langs=["en", "de"], backbone="tiny", batch_size=4,
        size=24, overrides=SIZES,
    )  # fmt: skip
    backbone = data.load_backbone().backbone
    module = TokenTagging(
        backbone, tags=data.labels, metric=tagging_metric(data.metrics[0]), optimizer=AdamWLinear(lr=1e-2)
    )
    losses, best = Losses(), ModelCheckpoint(monitor="val/score/dataloader_idx_1", mode="max")
    settings = {**QUIET, "enable_checkpointing": True, "callbacks": [losses, best]}
    trainer = lightning.Trainer(max_epochs=3, accumulate_grad_batches=3, **settings)
    trainer.fit(module, data)
    assert trainer.global_step == 6
    assert len(losses.losses) == 18
    assert losses.losses[-1] < losses.losses[0]
    tested = trainer.test(module, data, verbose=False, ckpt_path="best", weights_only=True)
    predicted = trainer.predict(module, data)
    for index, lang in enumerate(data.test_langs):
        predictions = [prediction for batch in predicted[index] for prediction in batch]
        scores = data.task.scores(data.task.table(data.examples(lang), predictions))
        assert abs(tested[index][f"test/score/dataloader_idx_{index}"] - scores["accuracy"]) < 1e-3

    pairs = xtl.XtlDataModule("pocket_nli", langs=["fr"], backbone="tiny", size=16, overrides=SIZES)
    both = MultiTask(
        {"pocket_pos": module, "pocket_nli": pairs.build_module(backbone)}, optimizer=AdamWLinear(lr=1e-3)
    )
    together = xtl.XtlDataModule("pocket_pos+pocket_nli", backbone="tiny", size=16, overrides=SIZES)
    trainer = lightning.Trainer(max_steps=2, **QUIET)
    trainer.fit(both, together)
    assert trainer.global_step == 2

    names = set(module.state_dict())
    backbone.compile(dynamic=True)  # in place: the names of the weights stay
    trainer = lightning.Trainer(max_steps=2, limit_val_batches=0, **QUIET)
    trainer.fit(module, data)
    assert trainer.global_step == 2
    assert set(module.state_dict()) == names


if __name__ == "__main__":
    main()
