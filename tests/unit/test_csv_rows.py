from __future__ import annotations

import csv
from io import StringIO

from hypothesis import example, given
from hypothesis import strategies as st

from labeling.seismo.formats.csv_rows import RowWriter


@given(st.lists(st.text(st.sampled_from("a,;'\"\r\n é\t\\0")) | st.text(), min_size=1, max_size=6))
@example([""])
@example(["", ""])
@example(["a,b", "c\nd", 'e"f', "g\rh", " i "])
def test_rows_are_written_as_pythons_own_writer_does(cells: list[str]):
    ours, pythons = StringIO(newline=""), StringIO(newline="")
    RowWriter(ours).writerow(cells)
    csv.writer(pythons).writerow(cells)
    assert ours.getvalue() == pythons.getvalue()
