"""Two processes on a CPU: an update has the batches of both, each example is scored once."""

import lightning
import torch
from settings import QUIET, SIZES

import xtl


def main():
    data = xtl.XtlDataModule(
        "pocket_pos", lang="en", langs=["de", "sw"], backbone="tiny", batch_size=4, size=20, overrides=SIZES
    )
    lightning.seed_everything(1, verbose=False)
    module = data.build_module()
    alone = lightning.Trainer(devices=1, **QUIET).test(module, data, verbose=False)
    trainer = lightning.Trainer(strategy="ddp", devices=2, max_epochs=1, **QUIET)
    shared = trainer.test(module, data, verbose=False)
    for one, two in zip(alone, shared, strict=True):
        assert one.keys() == two.keys()
        assert all(abs(one[name] - two[name]) < 1e-3 for name in one), (one, two)
    trainer.fit(module, data)
    assert trainer.global_step == 3  # five batches of four, dealt out to two processes
    sums = torch.stack([weight.detach().double().sum() for weight in module.parameters()])
    gathered = trainer.strategy.all_gather(sums)
    assert torch.equal(gathered[0], gathered[1])
    predicted = trainer.predict(module, data)
    assert sum(len(batch) for batch in predicted[0]) < 9


if __name__ == "__main__":
    main()
