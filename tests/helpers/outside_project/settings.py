"""What the scripts of the project share."""

SIZES = ("data.sizes.train=64", "data.sizes.validation=8", "data.sizes.test=9", "trainer.eval_tokens=150")
QUIET = {
    "accelerator": "cpu",
    "logger": False,
    "enable_checkpointing": False,
    "enable_progress_bar": False,
    "enable_model_summary": False,
}
