"""What all modules share: steps, the optimiser, train mode, a stop at the first loss that is no number."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, cast

from lightning import LightningModule
from lightning.pytorch.utilities import GradClipAlgorithmType
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import Metric

from xtl.modules.arguments import checked_optimizer, names_missing_keys
from xtl.modules.divergence import check_loss, check_scale
from xtl.modules.optim import OptimizerFactory
from xtl.modules.sharding import has_whole_gradients, shard
from xtl.modules.updates import counts_of, is_parted, parted_loss


class XtlModule(LightningModule, ABC):
    """Base of the task modules. Subclasses write :meth:`loss`, :meth:`validate` and :meth:`predict_step`.

    Neither :meth:`loss` nor :meth:`validate` logs, so that a module can also be one part of a larger one.
    Training logs ``train/loss``, validation ``val/loss`` and ``val/score``: the metric over all validation
    examples, higher is better; a test logs ``test/loss`` and ``test/score``. With several loaders, such as
    one a language, each has its own score, whose name Lightning ends in ``/dataloader_idx_<n>``.

    Args:
        optimizer: Function of the module that gives optimiser and schedule, see :class:`AdamWLinear`.

    Attributes:
        head: Layers on top of the encoder; new in every phase, saved apart from it.
        metric: Metric that validation is scored with, higher is better.
        gathers: Whether all processes compute this module's loss in a step, so that it may gather from them.
        predicts_in_threads: Whether threads may call :meth:`predict_step` at once; it must set no attribute.
        reads_table: Whether :meth:`loss` reads the encoder's embedding table itself, beside the encoder.
        stands_in: Whether the batch at hand is another process's: its loss and its candidates count nothing.
        before_drawing: Function called before :meth:`prepare` draws for an update.
        loader_metrics: Copies of :attr:`metric` for the second validation loader and those after it.
    """

    head: nn.Module
    metric: Metric
    gathers: bool = True
    predicts_in_threads: bool = True
    reads_table: bool = False
    stands_in: bool = False
    before_drawing: Callable[[], None] | None = None

    def __init__(self, optimizer: OptimizerFactory) -> None:
        super().__init__()
        self.loader_metrics = nn.ModuleList()
        self._optimizer = checked_optimizer(optimizer)
        self._has_gradients = False
        self._pending: tuple[int, Sequence[object], Tensor] | None = None

    @abstractmethod
    def loss(self, batch: Any) -> Tensor:  # noqa: ANN401  a TypedDict of the task
        """Training loss of a batch: a mean, so that it does not grow with the batch."""

    def count(self, batch: Any) -> float:  # noqa: ANN401
        """What :meth:`loss` is a mean over: the examples, unless a module says otherwise.

        Where several processes or micro-batches share an update, the loss of each weighs as much.
        """
        return len(batch["ids"])

    def prepare(self, batch: Any) -> Any:  # noqa: ANN401
        """Draw what :meth:`loss` would draw and :meth:`count` must know; most modules draw nothing."""
        return batch

    @abstractmethod
    def validate(self, batch: Any) -> Tensor:  # noqa: ANN401
        """Add a batch to :attr:`metric`; return its loss. All features of an example are in one batch."""

    @abstractmethod
    def predict_step(self, batch: Any, batch_idx: int = 0, dataloader_idx: int = 0) -> list[Any]:  # noqa: ANN401
        """Predictions of a batch: mappings with an ``id``, at least one for each example."""

    def unread_weights(self) -> set[nn.Parameter]:
        """Weights of the encoder that :meth:`loss` does not depend on; most modules read all."""
        return set()

    def initialize_head(self, features: Sequence[Any]) -> None:
        """Set what a new head can know of the training set before its first update; most heads know nothing.

        Args:
            features: Features to train on, as the task encodes them.
        """

    @names_missing_keys
    def training_step(self, batch: Any, batch_idx: int) -> Tensor:  # noqa: ANN401, ARG002  Lightning passes both
        """Compute, log and check the loss, of a batch or of a :class:`~xtl.modules.updates.PartedBatch`."""
        if is_parted(batch):
            if len(batch["parts"]) > 1:
                self._zero_gradients()
            loss = parted_loss(self, batch)
        else:
            loss = self.loss(batch)
        self.log("train/loss", loss, batch_size=len(batch["ids"]))
        return self.check_finite_loss(loss, batch["ids"])

    def on_before_batch_transfer(self, batch: Any, dataloader_idx: int) -> Any:  # noqa: ANN401, ARG002
        """Count what the losses of parts are means over, on the CPU, so that no device need be asked."""
        if is_parted(batch):
            if self.before_drawing is not None:
                self.before_drawing()
            batch["parts"] = [self.prepare(part) for part in batch["parts"]]
            batch["counts"] = counts_of(self, batch["parts"], batch["stands_in"])
        return batch

    def optimizer_zero_grad(self, epoch: int, batch_idx: int, optimizer: Optimizer) -> None:
        """Remove the gradients of the update before, unless this one's first parts have left theirs."""
        if self._has_gradients:
            self._has_gradients = False
        else:
            super().optimizer_zero_grad(epoch, batch_idx, optimizer)

    def _zero_gradients(self) -> None:
        # Lightning does so after the training step, which has taken the gradients of all parts but the last.
        for optimizer in self.trainer.optimizers:
            optimizer.zero_grad()
        self._has_gradients = True

    def validation_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:  # noqa: ANN401, ARG002
        """Add a batch to the scores of the epoch, those of its loader where there are several."""
        self._score(batch, "val", dataloader_idx)

    def test_step(self, batch: Any, batch_idx: int, dataloader_idx: int = 0) -> None:  # noqa: ANN401, ARG002
        """Add a batch to the scores, those of its loader where there are several."""
        self._score(batch, "test", dataloader_idx)

    @names_missing_keys
    def _score(self, batch: Any, stage: str, index: int) -> None:  # noqa: ANN401
        # A batch weighs as many examples as it holds, into however many windows or pieces they are cut.
        num_examples = len(set(batch["ids"]))
        loss = self.validate_for(index, batch)
        # Times the processes: Lightning takes the mean of their numbers of examples as a whole number.
        self.log(f"{stage}/loss", loss, batch_size=num_examples * self._world_size(), sync_dist=True)
        # No sync_dist: a metric gathers its counts from all processes by itself. Named, since Lightning looks
        # for a metric among those that the module had when it first logged one.
        attribute = f"loader_metrics.{index - 1}" if index else "metric"
        self.log(f"{stage}/score", self.metric_of(index), batch_size=num_examples, metric_attribute=attribute)

    def metric_of(self, index: int) -> Metric:
        """Metric of a loader: :attr:`metric` for the first one, a copy of it for each other."""
        if not index:
            return self.metric
        while len(self.loader_metrics) < index:
            copy = self.metric.clone()
            copy.reset()
            self.loader_metrics.append(copy)
        return cast(Metric, self.loader_metrics[index - 1])

    def validate_for(self, index: int, batch: Any) -> Tensor:  # noqa: ANN401
        """:meth:`validate` with the metric of one loader.

        Args:
            index: Number of the loader, from 0.
            batch: Batch of it.
        """
        first, self.metric = self.metric, self.metric_of(index)
        try:
            return self.validate(batch)
        finally:
            self.metric = first

    def configure_model(self) -> None:
        """Share the weights out, under a strategy that asks for it (``ModelParallelStrategy``)."""
        if self.device_mesh is not None:
            shard(self, self.device_mesh["data_parallel"])

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Build what the factory builds."""
        return self._optimizer(self)

    def on_fit_start(self) -> None:
        """Turn dropout on: encoders come from disk in eval mode, and Lightning keeps the mode it finds."""
        self.train()
        self._reset_metrics()

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the gradients, by norm or by value as the trainer says, also under a fused optimiser.

        Lightning refuses that under mixed precision for the sake of float16, whose loss scale a fused
        optimiser takes out by itself. bfloat16 has no scale. What a strategy clips in its own way, it does.
        """
        if not gradient_clip_val or not has_whole_gradients(self.trainer.precision_plugin):
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        elif gradient_clip_algorithm == GradClipAlgorithmType.VALUE:
            nn.utils.clip_grad_value_(self.parameters(), gradient_clip_val)
        else:
            nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)

    def check_finite_loss(self, loss: Tensor, ids: Sequence[object]) -> Tensor:
        """Pass ``loss`` through, and stop at the previous one if it was not finite.

        Looking one step late lets a GPU run ahead; what keeps weights in between looks first, by
        :meth:`check_last_loss`, as :mod:`xtl.training` does before it writes a checkpoint.

        Raises:
            NonFiniteLossError: with the step and the ids of its batch.
        """
        self.check_last_loss()
        # Detached, so that the graph of the step is not kept alive until the next one.
        self._pending = (self.global_step, ids, loss.detach())
        return loss

    def check_last_loss(self) -> None:
        """Look at the last loss that was passed through :meth:`check_finite_loss`."""
        if self._pending is None:
            return
        step, ids, loss = self._pending
        self._pending = None
        check_loss(loss, step=step, ids=ids)

    def _check_scale(self) -> None:
        check_scale(getattr(self.trainer.precision_plugin, "scaler", None), step=self.global_step)

    def _world_size(self) -> int:
        """Processes of the fit; 1 where there is no trainer, as when another library calls :meth:`loss`."""
        return 1 if self._trainer is None else self.trainer.world_size

    def on_validation_start(self) -> None:
        """Stop before weights that came out of a bad step are scored or kept; count anew."""
        self.check_last_loss()
        self._check_scale()
        self._reset_metrics()

    def on_test_start(self) -> None:
        """Count anew."""
        self._reset_metrics()

    def _reset_metrics(self) -> None:
        # Counts that another Trainer left are inference tensors, which a Trainer without inference mode, as
        # under ddp, may not change.
        for module in self.modules():
            if isinstance(module, Metric):
                module.reset()

    def on_train_end(self) -> None:
        """Stop before weights that came out of a bad last step are saved."""
        self.check_last_loss()
        self._check_scale()
