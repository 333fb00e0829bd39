"""Nearest neighbours and mined pairs, beside the official code and beside brute force."""

import logging
import sys

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import mining
from tests.helpers.tasks import built_task
from xtl.errors import ConfigError
from xtl.metrics.functional import accuracy, score_pairs
from xtl.schemas.data import DataConfig
from xtl.tasks.bitext_mining import task as mining_task
from xtl.tasks.bitext_mining.decode import MinedPair, best_margin, mine
from xtl.tasks.retrieval import search as neighbours
from xtl.tasks.retrieval.search import both_ways, nearest
from xtl.tasks.retrieval.search_faiss import both_ways_faiss
from xtl.types import BitextMiningExample, ExampleId


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(neighbours, "_QUERY_BLOCK", 3)
    monkeypatch.setattr(neighbours, "_KEY_BLOCK", 5)


def unit(rows) -> torch.Tensor:
    return F.normalize(torch.tensor(rows, dtype=torch.float32), dim=-1)


@pytest.mark.parametrize("blocks", ["large", "small"])
def test_every_official_search(golden, blocks, request):
    if blocks == "small":
        request.getfixturevalue("small_blocks")
    cases = golden("tatoeba")["cases"]
    assert len(cases) == 14
    for case in cases:
        sides = {"x": unit(case["x"]), "y": unit(case["y"])}
        for way in ("x_to_y", "y_to_x"):
            expected = case["expected"][way]
            queries, keys = way.split("_to_")
            found = nearest(sides[queries], sides[keys]).tolist()
            open_ = {int(query) for query in expected.get("near_tied_queries", {})}
            open_ |= {int(query) for query in expected.get("queries_where_faiss_versions_differ", [])}
            same = [
                one == other
                for query, (one, other) in enumerate(zip(found, expected["predictions"], strict=True))
                if query not in open_
            ]
            assert all(same), case["id"]
            if "accuracy" in expected and not open_:
                assert accuracy(found, expected["gold"]) == pytest.approx(expected["accuracy"]), case["id"]


@pytest.mark.parametrize("flipped", [False, True])
def test_vectors_of_zeros_rank_by_distance(flipped, small_blocks):
    generator = torch.Generator().manual_seed(3)
    keys, queries = (F.normalize(torch.randn(count, 20, generator=generator), dim=-1) for count in (23, 40))
    keys[[4, 17]], queries[[0, 9]] = 0.0, 0.0
    if flipped:
        keys, queries = queries, keys
    distances = ((queries[:, None] - keys[None]) ** 2).sum(-1)
    found = nearest(queries, keys)
    first_zero = int((~keys.any(1)).nonzero()[0])
    for query, row in enumerate(found.tolist()):
        if not queries[query].any():  # the zeros are at no distance from each other: the first one
            assert row == first_zero
        else:
            assert distances[query, row] == pytest.approx(float(distances[query].min()), abs=1e-6)
    assert (~keys[found].any(1)).sum() > 2  # those too whose best cosine is below a half


def test_faiss_searches_vectors_of_zeros_alike():
    faiss = pytest.importorskip("faiss")
    generator = torch.Generator().manual_seed(3)
    keys, queries = (F.normalize(torch.randn(count, 6, generator=generator), dim=-1) for count in (23, 40))
    keys[4] = queries[9] = 0.0
    index = faiss.IndexFlatL2(6)
    index.add(keys.numpy())
    assert nearest(queries, keys).tolist() == index.search(queries.numpy(), 1)[1][:, 0].tolist()
    # Mining's margins are of cosines, officially too: there both searches rank by inner products.
    for one, other in zip(both_ways(queries, keys, k=3), both_ways_faiss(queries, keys, k=3), strict=True):
        torch.testing.assert_close(one.similarity, other.similarity)
    found = [mine(queries, keys, index=name) for name in ("exact", "faiss")]
    assert [pair[1:] for pair in found[0]] == [pair[1:] for pair in found[1]]


def mining_example(part, lang):
    sides = [dict(zip(part[f"{side}_ids"], part[f"{side}_sents"], strict=True)) for side in ("src", "trg")]
    gold = frozenset(tuple(line.split("\t")) for line in part["gold"])
    return BitextMiningExample(
        uid="bucc/test/0", lang=lang, text_of_id=sides[0], translation_of_id=sides[1], gold=gold
    )


def vectors(part, lang):
    """What the encoder would give: of a sentence that stands there twice, the last copy, as officially."""
    for side, (sentences, rows) in enumerate((("src_sents", "x"), ("trg_sents", "y"))):
        last = dict(zip(part[sentences], unit(part[rows]), strict=True))
        for text, vector in last.items():
            yield {
                "id": ExampleId(lang, "bucc/test/0"),
                "name": text,
                "side": side,
                "view": 0,
                "vector": vector,
            }


def test_every_official_mining(golden):
    from tests.helpers.cells import composed_cell
    from xtl.tasks.build import build_task

    config = composed_cell("target=pocket_mining").target
    cases = golden("bucc")["cases"]
    assert len(cases) == 10
    for case in cases:
        task = build_task(config, DataConfig(source="pocket", sizes={}))
        parts = {name: mining_example(case[name], case["lang"]) for name in ("dev", "test")}
        found = {name: list(vectors(case[name], case["lang"])) for name in parts}
        for name, example in parts.items():
            table = task.table([example], found[name], threshold=0.0).to_pylist()
            mined = [row for row in table if row["margin"] is not None]
            official = case["expected"][name]["candidate_ids"]
            assert [[row["source"], row["target"]] for row in mined] == [one[:2] for one in official]
            assert [row["margin"] for row in mined] == pytest.approx([one[2] for one in official], rel=1e-5)
        dev, test = (
            case["expected"]["dev"]["optimised_on_dev"],
            case["expected"]["test"].get("with_dev_threshold"),
        )
        if "error" in dev:  # the official code reads beyond its list where all candidates are taken
            dev = case["expected"]["not_official_repaired"]["dev"]
            test = case["expected"]["not_official_repaired"]["test"]
        threshold = task.tune([parts["dev"]], found["dev"])
        assert threshold == pytest.approx(dev["best-threshold"], rel=1e-5), case["id"]
        scores = task.scores(task.table([parts["dev"]], found["dev"], threshold))
        assert scores == pytest.approx(
            {"f1": dev["F1"], "precision": dev["precision"], "recall": dev["recall"]}
        )
        table = task.table([parts["test"]], found["test"], threshold)
        predicted = [f"{row['source']}\t{row['target']}" for row in table.to_pylist() if row["predicted"]]
        assert sorted(predicted) == sorted(test["predictions"]), case["id"]
        assert task.scores(table) == pytest.approx(
            {name: test[name] for name in ("f1", "precision", "recall")}
        )


@given(st.integers(1, 17), st.integers(1, 13), st.integers(1, 5), st.integers(0, 99))
def test_blocks_find_what_a_full_search_finds(num_sources, num_targets, k, seed):
    generator = torch.Generator().manual_seed(seed)
    sources, targets = (
        F.normalize(torch.randn(count, 8, generator=generator), dim=-1)
        for count in (num_sources, num_targets)
    )
    full = sources @ targets.T
    blocks = (neighbours._QUERY_BLOCK, neighbours._KEY_BLOCK)
    neighbours._QUERY_BLOCK, neighbours._KEY_BLOCK = 3, 5
    try:
        forward, backward = both_ways(sources, targets, k=k)
    finally:
        neighbours._QUERY_BLOCK, neighbours._KEY_BLOCK = blocks
    for found, matrix in ((forward, full), (backward, full.T)):
        expected = matrix.topk(min(k, matrix.shape[1]), dim=1)
        torch.testing.assert_close(found.similarity, expected.values)
        assert torch.equal(found.indices, expected.indices)


def test_mining_is_one_to_one_and_needs_two_sides():
    generator = torch.Generator().manual_seed(0)
    sources, targets = (F.normalize(torch.randn(30, 8, generator=generator), dim=-1) for _ in range(2))
    pairs = mine(sources, targets)
    for side in ("source", "target"):
        places = [getattr(pair, side) for pair in pairs]
        assert len(set(places)) == len(places)
    assert [pair.score for pair in pairs] == sorted((pair.score for pair in pairs), reverse=True)
    assert mine(sources[:0], targets) == mine(sources, targets[:0]) == []


@pytest.mark.parametrize(("num_sources", "num_targets", "k"), [(300, 200, 4), (3, 50, 4), (2, 2, 1)])
def test_faiss_finds_the_same(num_sources, num_targets, k):
    pytest.importorskip("faiss")
    generator = torch.Generator().manual_seed(1)
    sources, targets = (
        F.normalize(torch.randn(count, 8, generator=generator), dim=-1)
        for count in (num_sources, num_targets)
    )
    for one, other in zip(
        both_ways(sources, targets, k=k), both_ways_faiss(sources, targets, k=k), strict=True
    ):
        torch.testing.assert_close(one.similarity, other.similarity)
        assert torch.equal(one.indices, other.indices)
    found = [mine(sources, targets, k=k, index=index) for index in ("exact", "faiss")]
    assert [pair[1:] for pair in found[0]] == [pair[1:] for pair in found[1]]
    assert [pair.score for pair in found[0]] == pytest.approx([pair.score for pair in found[1]], rel=1e-5)


def test_an_index_that_is_not_there(monkeypatch):
    vectors = torch.eye(4)
    with pytest.raises(ValueError, match="expected one of exact, faiss, got 'hnsw'"):
        mine(vectors, vectors, index="hnsw")
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ConfigError, match=r"index=faiss: expected the package faiss.*pip install faiss-cpu"):
        mine(vectors, vectors, index="faiss")


def test_a_task_may_choose_its_index():
    from tests.helpers.cells import composed_cell

    assert composed_cell("target=pocket_mining", "target.index=faiss").target.index == "faiss"
    with pytest.raises(ConfigError, match=r"target\.index: expected one of exact, faiss"):
        composed_cell("target=pocket_mining", "target.index=flat")


@pytest.mark.parametrize("flipped", [False, True])
def test_the_best_may_come_in_the_first_block_or_in_the_last(flipped, small_blocks):
    angles = torch.linspace(0, 1, 40)  # 8 blocks of keys; queries at both ends
    line = torch.stack([angles.cos(), angles.sin()], dim=1)
    keys = line.flip(0) if flipped else line
    for found, matrix in zip(both_ways(line, keys, k=2), (line @ keys.T, keys @ line.T), strict=True):
        torch.testing.assert_close(found.similarity, matrix.topk(2, dim=1).values)
        torch.testing.assert_close(matrix.gather(1, found.indices), found.similarity)
        assert (found.indices[:, 0] != found.indices[:, 1]).all()


def test_the_benchmark_compares_what_each_index_mines(capsys):
    assert mining.main(["--rows", "400", "--dim", "16"]) == 0
    printed = capsys.readouterr().out
    assert "400 x 400 sentences of 16 dimensions" in printed
    assert "exact" in printed
    pairs = [MinedPair(1.5, 0, 0), MinedPair(1.2, 1, 1)]
    assert mining.differences(pairs, pairs) == 0
    # 0 has the same margin in both; 1 is in no pair of the other.
    assert mining.differences(pairs, [MinedPair(1.5, 0, 1)]) == 1


# Margins are of float32 scores, so that halfway between two of them lies between them in double.
@given(
    st.lists(
        st.tuples(st.floats(0.125, 3, width=32), st.booleans()), max_size=20, unique_by=lambda pair: pair[0]
    )
)
def test_no_margin_scores_higher(pairs):
    pairs = sorted(pairs, reverse=True)
    gold = [("s", str(at)) for at, (_, right) in enumerate(pairs) if right] + [("s", "never mined")]

    def f1(threshold):
        return score_pairs("f1", [("s", str(at)) for at, (m, _) in enumerate(pairs) if m >= threshold], gold)

    best = max((f1(margin) for margin, _ in pairs), default=0.0)
    if best:
        assert f1(best_margin(pairs, len(gold))) == pytest.approx(best)


def test_scores_of_pairs():
    assert score_pairs("precision", [], [("a", "x")]) == 0.0
    assert score_pairs("recall", [("a", "x")], [("a", "x"), ("b", "y")]) == 50.0
    with pytest.raises(ValueError, match="expected one of f1, precision, recall"):
        score_pairs("accuracy", [], [])


@pytest.mark.parametrize("width", [7, 20, 384])
def test_of_equal_keys_the_first_is_found_wherever_they_stand(width, small_blocks):
    """Products of matrices may round the same key in two columns to two similarities."""
    generator = torch.Generator().manual_seed(width)
    distinct = F.normalize(torch.randn(29, width, generator=generator), dim=-1)
    order = torch.randint(29, (400,), generator=generator)
    keys = distinct[order]
    first = torch.tensor([order.tolist().index(row) for row in order.tolist()])
    assert nearest(keys, keys).tolist() == first.tolist()


@pytest.mark.parametrize("index", ["exact", "faiss"])
def test_a_search_says_how_many_pairs_it_has_compared(index):
    if index == "faiss":
        pytest.importorskip("faiss")
    generator = torch.Generator().manual_seed(2)
    sources, targets = (F.normalize(torch.randn(n, 8, generator=generator), dim=-1) for n in (1_100, 35))
    counts: list[int] = []
    assert mine(sources, targets, index=index, advance=counts.append) == mine(sources, targets, index=index)
    assert len(counts) > 1
    assert sum(counts) == 1_100 * 35


@pytest.mark.parametrize("is_long", [True, False])
def test_only_a_long_search_says_how_far_it_is(is_long, caplog, monkeypatch):
    task = built_task("bitext_mining")
    texts = [{f"{side}{number}": f"{side} {number}" for number in range(3)} for side in "ab"]
    example = BitextMiningExample(
        uid="bucc/test/0", lang="de", text_of_id=texts[0], translation_of_id=texts[1], gold=frozenset()
    )
    predictions = [
        {"id": example.id, "name": text, "side": side, "view": 0, "vector": vector}
        for side in (0, 1)
        for text, vector in zip(texts[side].values(), torch.eye(3), strict=True)
    ]
    if is_long:
        monkeypatch.setattr(mining_task, "_MANY", 9)
    with caplog.at_level(logging.INFO, logger="xtl"):
        table = task.table([example], predictions)
    assert table["source"].to_pylist() == ["a0", "a1", "a2"]
    said = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("pocket_mining pairs compared (de): 9/9") for line in said) == is_long, said
