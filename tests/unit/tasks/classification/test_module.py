"""What the module of classification and regression does before its first update."""

import pickle

import pytest
import torch

from xtl.metrics import classification_metric
from xtl.models import tiny
from xtl.modules import AdamWLinear, MultiTask, SequenceClassification
from xtl.tasks.classification.collate import ClassificationCollator
from xtl.types import CLASSIFICATION_METRICS, IGNORE, REGRESSION_METRICS

LABELS = [1.0, 4.5, IGNORE, 3.5]


def module(num_classes):
    return SequenceClassification(
        tiny().backbone, num_classes=num_classes, metric=None, optimizer=AdamWLinear(lr=1e-3, total_steps=1)
    )


def features(labels):
    return [{"id": ("en", str(n)), "input_ids": [0, 5, 2], "label": label} for n, label in enumerate(labels)]


def test_a_regression_begins_at_the_mean_of_the_labels_that_are_there():
    regression = module(0)
    regression.initialize_head(features(LABELS))
    assert regression.head.out.bias.item() == pytest.approx(3.0)


def test_classes_and_an_empty_training_set_leave_the_head_as_it_is():
    classes, regression = module(3), module(0)
    classes.initialize_head(features([0.0, 2.0]))
    regression.initialize_head(features([IGNORE]))
    assert torch.equal(classes.head.out.bias, torch.zeros(3))
    assert regression.head.out.bias.item() == 0


def test_members_of_a_mixture_see_their_own_features():
    first, second = module(0), module(0)
    second.backbone = first.backbone
    mixture = MultiTask({"a": first, "b": second}, optimizer=AdamWLinear(lr=1e-3, total_steps=1))
    wrapped = [
        {"member": name, "feature": feature}
        for name, labels in (("a", [1.0, 2.0]), ("b", [4.0]))
        for feature in features(labels)
    ]
    mixture.initialize_head(wrapped)
    assert (first.head.out.bias.item(), second.head.out.bias.item()) == (1.5, 4.0)


@pytest.mark.parametrize("num_classes", [0, 3])
def test_a_batch_without_labels_costs_nothing(num_classes):
    unlabelled = module(num_classes)
    unlabelled.metric = classification_metric("accuracy" if num_classes else "pearson")
    batch = ClassificationCollator(pad_id=1)(features([IGNORE, IGNORE]))
    loss = unlabelled.loss(batch)
    loss.backward()
    assert (loss.item(), unlabelled.validate(batch).item()) == (0.0, 0.0)
    assert all(weight.grad is None or not weight.grad.any() for weight in unlabelled.parameters())


@pytest.mark.parametrize("name", [*CLASSIFICATION_METRICS, *REGRESSION_METRICS])
def test_a_metric_can_be_handed_to_another_process(name):
    metric = pickle.loads(pickle.dumps(classification_metric(name)))  # noqa: S301  of this test
    metric.update(torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0]))
    other = classification_metric(name)
    other.update(torch.tensor([0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0]))
    assert torch.equal(metric.compute(), other.compute())
