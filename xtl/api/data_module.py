"""Any task of the catalogue, in any language, for a plain Trainer of Lightning."""

from collections.abc import Sequence
from typing import Any, cast

from lightning import LightningDataModule
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerBase

from xtl.api.cell_config import data_config
from xtl.api.task_rows import Dealing, TaskRows
from xtl.errors import DataNotFoundError
from xtl.models import Backbone, Pretrained
from xtl.models.load import load_backbone
from xtl.modules.base import XtlModule
from xtl.modules.optim import AdamWLinear, OptimizerFactory
from xtl.tasks.base import Task


class XtlDataModule(LightningDataModule):
    """Rows of one task as encoded, padded batches: to train on, to validate, to test and to predict for.

    Reading, choice of rows, encoding and batches are those of ``xtl-train``, and so are the files of encoded
    text in the cache. Batches of validation, test and prediction hold rows of one language and bounded size.
    With several languages there is a loader for each, in their order, so that Lightning ends the names of
    scores in ``/dataloader_idx_<n>``; :attr:`val_langs` and :attr:`test_langs` say which language that is.

    Where several processes train, each gets its share of the batches, so that an update has ``batch_size``
    examples times processes times ``accumulate_grad_batches``. Validation, test and prediction read each
    example once, whatever the number of processes.

    Example:
        >>> data = XtlDataModule("pocket_pos", lang="en", langs=["de", "sw"], backbone="tiny", size=40)
        >>> data.labels[:3], data.test_langs
        (('ADJ', 'ADP', 'ADV'), ['de', 'sw'])
        >>> next(iter(data.train_dataloader()))["input_ids"].shape[0]
        16
    """

    def __init__(  # noqa: PLR0913  settings of a command line, by name
        self,
        task: str,
        *,
        lang: str | list[str] | None = None,
        langs: str | list[str] | None = None,
        val_langs: str | list[str] | None = None,
        data: str | None = None,
        root: str | None = None,
        backbone: str = "xlmr_base",
        tokenizer: PreTrainedTokenizerBase | None = None,
        batch_size: int | None = None,
        size: int | None = None,
        fraction: float | None = None,
        seed: int = 0,
        overrides: Sequence[str] = (),
        config_dir: str | None = None,
    ) -> None:
        """Choose task, languages and rows; nothing is read yet.

        Args:
            task: Name of a file in ``conf/task``, or in ``task`` of ``config_dir``; several joined by ``+``
                train together, one task a batch, see :class:`xtl.modules.MultiTask`.
            lang: Languages to train on; ``None``: those of the task's file, mostly English.
            langs: Languages to test and predict in; ``None``: all that have the split that is scored.
            val_langs: Languages to validate in; ``None``: those to train on that have a validation set.
            data: Source: ``local``, ``hub`` or ``pocket``; ``None``: ``local`` where there is a root, pocket
                for its own tasks, else the hub.
            root: Folder of ``<task>/<language>/<split>.<format>``.
            backbone: Name of a file in ``conf/backbone``, whose tokenizer and recipe are taken.
            tokenizer: Tokenizer in the place of the backbone's, as :func:`xtl.models.hub_tokenizer` gives it.
            batch_size: Examples of a training batch; ``None``: those of the recipe.
            size: Number of training rows; ``None``: see ``fraction``.
            fraction: Share of the training rows, in [0, 1]; ``None``: all.
            seed: Seed of the order of batches, and of which rows are chosen.
            overrides: More settings as on the command line of ``xtl-train``, such as ``target.max_len=256``.
            config_dir: Folder of your own config files.

        Raises:
            ConfigError: if the task, a language or a setting is not known, or cannot work.
        """
        super().__init__()
        batch = {"recipe.batch_size": batch_size}
        config = data_config(
            task,
            {"lang": lang, "langs": langs, "size": size, "fraction": fraction, **batch},
            [f"backbone={backbone}", *([f"data={data}"] if data else []), *overrides],
            {"data.root": root, "data_seed": seed},
            config_dir=config_dir,
        )
        self._config = config
        self._rows = TaskRows(config=config, chosen_tokenizer=tokenizer)
        self._val_langs = val_langs.split() if isinstance(val_langs, str) else val_langs
        self._seed = seed

    @property
    def task(self) -> Task:
        """Task that reads, encodes and scores, by ``task.scores(task.table(examples, predictions))``."""
        return self._rows.task

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the output units, in order, such as tags or classes; empty where a task has none.

        Raises:
            DataNotFoundError: if the task takes them from its training set, and there is none.
        """
        return self.task.labels

    @property
    def metrics(self) -> list[str]:
        """Names of the task's scores; modules validate with the first one."""
        return list(self._rows.settings.metrics)

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Tokenizer that encodes.

        Raises:
            BackboneError: if that of the backbone is not there.
        """
        return self._rows.tokenizer

    @property
    def train_langs(self) -> list[str]:
        """Languages to train on; none: there is nothing to train on."""
        return list(self._rows.settings.lang) if self._rows.phase.train else []

    @property
    def val_langs(self) -> list[str]:
        """Language of each validation loader.

        Raises:
            DataNotFoundError: if one that was asked for has no validation set.
        """
        available = self._rows.languages("validation")
        if self._val_langs is None:
            return [lang for lang in self._rows.settings.lang if lang in available]
        absent = [lang for lang in self._val_langs if lang not in available]
        if absent:
            raise DataNotFoundError(
                f"task '{self.task.name}': expected val_langs that have a validation set "
                f"({' '.join(available)}), got {' '.join(absent)}"
            )
        return list(self._val_langs)

    @property
    def test_langs(self) -> list[str]:
        """Language of each loader of test and prediction.

        Raises:
            ConfigError: if the task is a mixture.
            DataNotFoundError: if a language that was asked for is not there, or none is.
        """
        return list(self._rows.tests)

    def examples(self, lang: str) -> Sequence[Any]:
        """Test examples of a language, in the order of their file: what predictions of its loader are for.

        Args:
            lang: One of :attr:`test_langs`.

        Raises:
            DataNotFoundError: for another language.
        """
        return self._rows.test(lang).examples

    def load_backbone(self) -> Pretrained:
        """Load the encoder, a new one at each call, with its tokenizer.

        Raises:
            BackboneError: if it is not there.
        """
        backbone = self._config.backbone
        return load_backbone(backbone.source, path=backbone.path, revision=backbone.revision)

    def build_module(
        self, backbone: Backbone | None = None, *, optimizer: OptimizerFactory | None = None
    ) -> XtlModule:
        """Build the module of the task, with a new head.

        Args:
            backbone: Encoder; ``None``: that of the config, loaded now.
            optimizer: Optimiser factory; ``None``: the recipe's, for as many updates as the Trainer makes.

        Raises:
            BackboneError: if the encoder is not there.
        """
        recipe = self._rows.settings.recipe
        optimizer = optimizer or AdamWLinear(
            lr=recipe.lr, head_lr=recipe.head_lr, warmup=recipe.warmup, weight_decay=recipe.weight_decay
        )
        encoder = cast(Any, self.load_backbone().backbone if backbone is None else backbone)
        module = self.task.module(encoder, optimizer, dropout=recipe.dropout)
        if self._rows.phase.train:
            module.initialize_head(self._rows.train_features)
        return module

    def prepare_data(self) -> None:
        """Read and encode what is trained on, once, in one process: the others take it from the cache."""
        if self._rows.phase.train:
            self.setup("fit")

    def setup(self, stage: str | None = None) -> None:
        """Read and encode what a stage needs, so that a bad file shows before anything is trained.

        Args:
            stage: ``fit``, ``validate``, ``test`` or ``predict``; ``None``: all.

        Raises:
            DataNotFoundError: if a language or split is not there, or has fewer rows than asked for.
            DataFormatError: if a file is not in its format.
        """
        if stage == "fit" or (stage is None and self._rows.phase.train):
            _ = self._rows.train_features
        if stage in (None, "fit", "validate"):
            for lang in self.val_langs:
                self._rows.features(lang, "validation")
        if stage in (None, "test", "predict"):
            for lang, split in self._rows.tests.items():
                self._rows.features(lang, split.name)

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches of similar length to train on, in another order in each epoch.

        Raises:
            DataNotFoundError: if there is nothing to train on.
        """
        return self._rows.training_batches(seed=self._seed, dealing=self._dealing)

    def val_dataloader(self) -> list[DataLoader[Any]]:
        """Validation batches, a loader for each of :attr:`val_langs`."""
        batches, dealing = self._rows.evaluation_batches, self._dealing
        return [batches(lang, "validation", dealing=dealing) for lang in self.val_langs]

    def test_dataloader(self) -> list[DataLoader[Any]]:
        """Batches of the split that is scored, a loader for each of :attr:`test_langs`."""
        return [
            self._rows.evaluation_batches(lang, split.name, dealing=self._dealing)
            for lang, split in self._rows.tests.items()
        ]

    def predict_dataloader(self) -> list[DataLoader[Any]]:
        """As :meth:`test_dataloader`; each process predicts for its share."""
        return self.test_dataloader()

    @property
    def _dealing(self) -> Dealing:
        trainer = self.trainer
        return Dealing(rank=trainer.global_rank, processes=trainer.world_size) if trainer else Dealing()
