"""Cells that are run on a GPU and on a CPU: one of each task type, of a few updates."""

SETTINGS = (
    "backbone=tiny", "trainer.save_encoder=false", "trainer.compare_selections=false", "target.langs=[de]",
    "data.sizes.train=12", "data.sizes.validation=2", "data.sizes.test=2", "recipe.default.batch_size=8",
)  # fmt: skip
TRAINED = ("target.recipe.epochs=2", "target.recipe.batch_size=8", "target.recipe.lr=1e-3")
CELLS = {
    "pocket_pos": ("target=pocket_pos", *TRAINED),
    "pocket_nli": ("target=pocket_nli", *TRAINED),
    "pocket_qa": ("target=pocket_qa", *TRAINED),
    "pocket_choice": ("target=pocket_choice", *TRAINED),
    "pocket_text": ("target=pocket_text", *TRAINED),
    "pocket_retrieval": ("target=pocket_retrieval", "target.lang=[de]", *TRAINED),
    "pocket_mining": ("target=pocket_mining",),
    "mixture": (
        "intermediate=mixture", "intermediate.tasks=[pocket_pos,pocket_nli]", "intermediate.recipe.epochs=2",
        "target=pocket_pos", *TRAINED,
    ),
}  # fmt: skip
"""A cell of each task type, of a few updates."""
