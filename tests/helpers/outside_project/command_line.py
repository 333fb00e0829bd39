"""Lightning's command line with a module of the project and the data of xtl."""

from lightning.pytorch.cli import LightningCLI

from xtl import XtlDataModule  # noqa: F401  so that --data finds it by its name
from xtl.metrics import tagging_metric
from xtl.models import tiny
from xtl.modules import AdamWLinear, TokenTagging
from xtl.modules.optim import OptimizerFactory


class Tagger(TokenTagging):
    """Tagger whose optimiser is a setting of the command line."""

    def __init__(self, num_tags: int, optimizer: OptimizerFactory = AdamWLinear(lr=1e-3)) -> None:  # noqa: B008
        tags = [f"tag {number}" for number in range(num_tags)]
        super().__init__(tiny().backbone, tags=tags, metric=tagging_metric("accuracy"), optimizer=optimizer)


if __name__ == "__main__":
    LightningCLI(Tagger, save_config_callback=None)
