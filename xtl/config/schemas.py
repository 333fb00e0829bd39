"""The typed schemas of ``conf/``: types and meaning stand here, values in YAML.

A table field (``dict``) has free keys; its content is checked where it says so.
"""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

SELECTIONS = ("best_validation", "last")
PRECISIONS = ("auto", "bf16-mixed", "16-mixed", "32-true")
BACKBONE_SOURCES = ("hub", "e5_small", "tiny")
DATA_SOURCES = ("local", "hub", "pocket")


@dataclass
class RecipeConfig:
    """How a phase trains."""

    lr: float = MISSING
    """Highest learning rate."""
    head_lr: float | None = MISSING
    """Highest learning rate of the new head; null: that of the encoder."""
    epochs: int = MISSING
    """Passes over the training set; 0: nothing is trained, the encoder is scored as it is."""
    batch_size: int = MISSING
    """Examples an update."""
    warmup: float = MISSING
    """Updates over which the learning rate rises: a share in [0, 1], or a whole number above 1."""
    weight_decay: float = MISSING
    """Of the matrices of linear layers."""
    clip: float = MISSING
    """Norm that gradients are clipped to; 0: not at all."""
    dropout: float = MISSING
    """Before the head, in [0, 1)."""
    selection: str = MISSING
    """Which weights are kept: best_validation (training language, score named in the task) or last."""
    patience: int = MISSING
    """Validations without a better score after which training stops; 0: never stops early."""
    validation_rows: int | None = MISSING
    """Rows, from the first on, of each validation set that choose weights (jiant: 500); null: all."""


@dataclass
class TuningConfig:
    """Which weights of the encoder a phase trains; the head is always trained."""

    name: str = "full"
    """full, freeze_n, bitfit (biases), layernorm, lora or adapter."""
    layers: int = 0
    """freeze_n: blocks, from the first one, that stay as they are, with the embeddings."""
    rank: int = 8
    """lora: of the added matrices."""
    alpha: float = 16.0
    """lora: what they add is multiplied by alpha / rank."""
    dropout: float = 0.0
    """lora: share of their inputs that training sets to 0."""
    targets: list[str] = field(default_factory=lambda: ["query", "value"])
    """lora: last parts of the names of the linear layers that get them."""
    units: int = 64
    """adapter: width of the bottleneck."""


@dataclass
class RecipeTable:
    """Settings for all tasks, and where a task differs."""

    name: str = MISSING
    default: RecipeConfig = field(default_factory=RecipeConfig)
    tasks: dict[str, Any] = field(default_factory=dict)
    """Task name to the fields of ``default`` that differ."""
    max_len: dict[str, int] = field(default_factory=dict)
    """Longest inputs by task or by task type, where they are not what the type has (XTREME's)."""


@dataclass
class HubSet:
    """A repository of the hub that holds a task, or a part of it."""

    repository: str = MISSING
    """Such as google/xtreme."""
    config: str = "default"
    """Of a language: {lang} is the task's code, {lang2} and {lang3} ISO 639-1 and -3, {name} English."""
    revision: str = ""
    """Commit, tag or branch; empty: that of all sets."""
    langs: str = ""
    """Languages that it holds, separated by spaces; empty: all of the task's."""
    splits: dict[str, str] = field(default_factory=dict)
    """train, validation, test to the name that each has there."""
    lacks: dict[str, str] = field(default_factory=dict)
    """Split to languages that do not have it, separated by spaces."""
    columns: dict[str, str] = field(default_factory=dict)
    """Column that the task names to what it is called there, where that differs."""


@dataclass
class HubConfig:
    """Where data=hub finds a task."""

    revision: str = "main"
    """Of sets that name none. Pin a commit to have the same rows for ever."""
    sets: dict[str, HubSet] = field(default_factory=dict)
    """By name. The first one that has a language and split counts, unless the split has parts."""
    absent: str = ""
    """Of a task that the hub does not have: why, and what to do."""


@dataclass
class TaskConfig:
    """What every task says of itself."""

    name: str = MISSING
    """What results call it."""
    task_type: str = MISSING
    """Kind of task, such as tagging."""
    languages: str = MISSING
    """Codes of all its languages, separated by spaces."""
    languages_xtreme_r: str = ""
    """Codes of the languages that XTREME-R adds; scored where target.langs names them."""
    train_languages: str = ""
    """Codes of the languages that have training rows, separated by spaces; empty: all of languages."""
    lang: Any = MISSING
    """What it trains on: a code, codes joined by +, or a list of codes."""
    mix: str = "equal"
    """How rows are shared out between several languages: equal, proportional or temperature."""
    fraction: float = 1.0
    """Share of the training rows, in [0, 1]; 0: the phase is left out."""
    size: int | None = None
    """Number of training rows, instead of a fraction."""
    shots: int = 0
    """Rows of each scored language that has a training set, added to those of ``lang`` (few-shot)."""
    budget: str = "epochs"
    """epochs: as the recipe says, so less data means fewer updates; steps:N: N updates at every size."""
    langs: Any = None
    """What is scored: codes, all, xtreme, xtreme_r, family:Germanic, script:Latn; null: every one of
    languages that has eval_split."""
    eval_split: str = "test"
    """What is scored: test, or validation where a set has no public test."""
    max_len: int = MISSING
    """Longest input in sub-words, special tokens included."""
    metrics: list[str] = MISSING
    """Scores; the first one chooses weights on the validation set of ``lang``."""
    recipe: RecipeConfig = field(default_factory=RecipeConfig)
    folder: str = ""
    """Its folder under data.root; empty: its name."""
    parts: dict[str, str] = field(default_factory=dict)
    """Split to the names of the parts that make it up: files <split>.<part>.<format>, or sets of the hub."""
    rows: dict[str, str] = field(default_factory=dict)
    """Which rows belong to a language where a file or config holds several: column to pattern, as in
    HubSet.config, with * for anything."""
    hub: HubConfig = field(default_factory=HubConfig)
    tuning: TuningConfig = field(default_factory=TuningConfig)
    reference: str = ""
    """Where the task comes from."""
    licence: str = ""
    """Of its data. None of them come with xtl, except what xtl makes itself."""
    published: dict[str, int] = field(default_factory=dict)
    """Split to its rows as its authors publish it, in one language (English where there is English)."""
    aligned: str = ""
    """Splits whose rows are translations of each other in all languages, separated by spaces."""


@dataclass
class EmbeddingConfig:
    """How a sentence becomes a vector; null: as the backbone says, or else as the benchmark does."""

    layer: Any = None
    """last; benchmark (8 of 12, 14 of 24); a number (0: the embedding layer); a share of the depth."""
    pooling: str | None = None
    """mean or cls."""
    special_tokens: bool | None = None
    """Whether the mean is over special tokens too, as in the benchmark."""
    prefix: str | None = None
    """Text in front of each sentence."""


@dataclass
class BackboneConfig:
    """The pretrained encoder."""

    name: str = MISSING
    """What results call it."""
    source: str = MISSING
    """hub, e5_small or tiny."""
    path: str | None = None
    """Repository of the hub, or a folder."""
    revision: str | None = None
    """Commit or tag of the repository."""
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    """How the encoder was made to give vectors, if it was."""


@dataclass
class DataConfig:
    """Where data come from."""

    source: str = MISSING
    """local: files under root; hub: the Hugging Face hub; auto: local where root is given, else hub; pocket:
    the benchmark that comes with xtl."""
    root: str | None = None
    """local: folder that holds <task>/<language>/<split>.<format>."""
    sizes: dict[str, int] = field(default_factory=dict)
    """pocket: rows of each split."""
    seed: int = 0
    """pocket: another seed makes another benchmark."""


@dataclass
class TrainerConfig:
    """The machine side of a fit; none of it is meant to change a score beyond rounding."""

    accelerator: str = MISSING
    """auto, cpu, gpu or mps."""
    precision: str = MISSING
    """auto, bf16-mixed, 16-mixed or 32-true."""
    threads: int | None = None
    """CPU threads; null: torch decides."""
    eval_tokens: int | None = None
    """Most positions of an evaluation batch, padding included; null: what suits the device."""
    active_vocabulary: bool = MISSING
    """Train with only the rows of the embedding table that the data use."""
    checkpoint_seconds: float = MISSING
    """How much work a killed run loses at most; it goes on from there when it is started again."""
    compare_rules: bool = MISSING
    """Score what other rules than the recipe's would keep, too: after each epoch the validation sets of all
    languages at hand are read. Nothing more is trained, and the score is the same."""
    save_encoder: bool = MISSING
    """Put the encoder into the run folder as well, as a folder that transformers loads."""


@dataclass
class SweepConfig:
    """What concerns several cells."""

    dry_run: bool = False
    """Say which phases would be trained and which are there, and train nothing."""


@dataclass
class TrainConfig:
    """One cell: what ``xtl-train`` runs."""

    target: TaskConfig = field(default_factory=TaskConfig)
    intermediate: TaskConfig | None = None
    """What the encoder is trained on before the target; null: nothing."""
    backbone: BackboneConfig = field(default_factory=BackboneConfig)
    data: DataConfig = field(default_factory=DataConfig)
    recipe: RecipeTable = field(default_factory=RecipeTable)
    tuning: TuningConfig = field(default_factory=TuningConfig)
    """Of all phases that do not say otherwise."""
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    seed: int = MISSING
    """Of the heads' weights, dropout and the order of batches."""
    data_seed: int = MISSING
    """Of the choice of rows where a phase trains on a part of its data."""
    sweep: SweepConfig = field(default_factory=SweepConfig)


@dataclass
class EvaluateConfig:
    """What ``xtl-evaluate`` runs."""

    run: str = MISSING
    """Folder that xtl-train wrote."""
    phase: str = "target"
    """Which encoder of the run: as its target phase left it, or its intermediate phase."""
    task: TaskConfig | None = None
    """null: the task that the run was trained for."""
    langs: Any = None
    """As target.langs; null: every language that has a test file."""
    submission: str | None = None
    """Write what was predicted into this folder, in XTREME's layout, instead of scoring; run may then be a
    folder that holds several runs."""
    data: DataConfig = field(default_factory=DataConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
