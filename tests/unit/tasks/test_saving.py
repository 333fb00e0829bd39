"""Weights that are saved and loaded again predict what they predicted before, for every task type."""

import pytest
import torch
from torch import Tensor

from tests.helpers.tasks import TASK_OF_TYPE, built_task, features_of
from xtl.models import tiny
from xtl.store.records import EncoderState
from xtl.store.weights import read_encoder, read_head, write_weights
from xtl.tasks.base import untrained_module
from xtl.tasks.loaders import evaluation_loader


def predicted(task, module, features, pad_id):
    loader = evaluation_loader(task, features, pad_id=pad_id, max_tokens=2000)
    module.eval()
    with torch.inference_mode():
        return [prediction for batch in loader for prediction in module.predict_step(batch)]


def plain_numbers(predictions):
    """Predictions with vectors as lists, which compare as a whole."""
    return [
        {key: value.tolist() if isinstance(value, Tensor) else value for key, value in prediction.items()}
        for prediction in predictions
    ]


@pytest.mark.parametrize("task_type", TASK_OF_TYPE)
def test_saved_and_loaded_weights_predict_the_same(task_type, tmp_path):
    task, pretrained = built_task(task_type), tiny()
    pad_id = pretrained.tokenizer.pad_token_id
    features = features_of(task, pretrained.tokenizer)
    module = untrained_module(task, pretrained.backbone)
    with torch.no_grad():
        for weight in module.parameters():  # far from what a new module draws
            weight += 0.1 * torch.randn_like(weight)
    before = plain_numbers(predicted(task, module, features, pad_id))
    write_weights(tmp_path, EncoderState(pretrained=pretrained, key="", trained_ids=None), module)

    loaded = untrained_module(task, tiny().backbone)
    if task.labels:  # a module with a head: a new one predicts something else
        assert plain_numbers(predicted(task, loaded, features, pad_id)) != before
    read_encoder(tmp_path, loaded.backbone)
    read_head(tmp_path, loaded)
    assert plain_numbers(predicted(task, loaded, features, pad_id)) == before
