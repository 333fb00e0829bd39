"""Files in XTREME's layout, where the official ones have rows that xtl leaves out."""

import pyarrow as pa
import pyarrow.parquet as pq

from xtl.report.submission import write_submission


def test_a_row_that_was_left_out_is_a_line_all_the_same(tmp_path):
    path = tmp_path / "run/predictions/pawsx/de.test.parquet"
    path.parent.mkdir(parents=True)
    uids = [f"pawsx/test/{row}" for row in (4, 0, 1)]
    pq.write_table(pa.table({"uid": uids, "predicted": ["0", "1", "1"]}), path)
    write_submission([tmp_path / "run"], tmp_path / "out")
    (file,) = (tmp_path / "out").rglob("test-de.tsv")
    assert file.read_text().split() == ["1", "1", "1", "1", "0"]
