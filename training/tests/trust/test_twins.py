"""test/fixtures has what the service's twins of measures and novelty must say; test/trust/twins.test.ts holds
the service to the same files."""

import json

import numpy as np
from fixtures import MEASURES_FILE, NOVELTY_FILE, measures_of_fixtures, novelty_of_fixtures

from hemoserve_training.trust.measures import MEASURES, measure_crop


def test_the_measures_of_the_stored_tensors_are_up_to_date():
    stored, found = json.loads(MEASURES_FILE.read_text()), measures_of_fixtures()
    assert stored.keys() == found.keys()
    for name, values in found.items():
        np.testing.assert_allclose(stored[name], values, rtol=1e-9, err_msg=name)


def test_the_novelty_of_the_stored_features_is_up_to_date():
    stored, found = json.loads(NOVELTY_FILE.read_text()), novelty_of_fixtures()
    scores = [[crop["score"] for crop in novelty["crops"]] for novelty in (stored, found)]
    np.testing.assert_allclose(*scores, rtol=1e-4)


def test_a_field_without_anything_has_measures():
    measures = dict(zip(MEASURES, measure_crop(np.full((5, 7, 3), 200, np.uint8)), strict=True))
    assert measures["exposure"] == 200
    assert measures["cellArea"] == measures["focus"] == measures["detail"] == measures["borderCut"] == 0


def test_a_cell_that_the_border_cuts():
    crop = np.full((20, 20, 3), 230, np.uint8)
    crop[5:15, :5] = (90, 40, 150)
    measures = dict(zip(MEASURES, measure_crop(crop), strict=True))
    assert measures["cellArea"] == 50 / 400
    assert measures["borderCut"] == 10 / 76
    assert measures["stainRedGreen"] == 50
    assert measures["stainBlueGreen"] == 110
