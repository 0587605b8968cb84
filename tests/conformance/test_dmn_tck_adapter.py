"""The adapter itself: what the kit's runner asks of it."""

from __future__ import annotations

from tests.conformance.dmn_tck_adapter import load
from tests.unit.dmn.drawn import one


def test_a_model_answers_by_the_name_of_its_decision_and_null_where_we_refuse(tmp_path):
    path = tmp_path / "t.dmn"
    path.write_text(one([("> 5", 'duration("P1D")')]))

    model = load(str(path))

    assert model.evaluate("t", {"a": 6}) == "P1D"
    assert model.evaluate("t", {"a": 1}) is None
