"""Whether a laboratory's cells are larger on their crops than home's, and whether shrinking them helps."""

import keras
import numpy as np

from ..measure.metrics import log_likelihood
from ..measure.predict import keras_classifier, predict
from ..networks.magnification import Magnification, nucleus_share, shrink

BATCH = 32
# A network that was trained on changed sizes knows what is less than that much larger.
LEAST_CHANGE = 0.85
# For the same reason it may be best to shrink less: these powers of the scale are tried.
POWERS = (1, 0.75, 0.5, 0.25)


def choose_magnification(
    network: keras.Model, lab: tuple[np.ndarray, np.ndarray], home: tuple[np.ndarray, np.ndarray]
) -> tuple[Magnification | None, dict]:
    """What helps the network with the laboratory's crops before it learns anything of them, by the mean
    logarithm of the true class's probability, and the figures for it. lab, home: uint8 crops (n, side, side,
    3) and the index of each one's class (n,).

    How large cells are is the square root of the nuclei's shares at home and there, each class for itself, as
    nuclei differ by class; the median of the classes.
    """
    shares, home_shares = (
        predict(lambda batch: nucleus_share(batch).numpy(), crops, BATCH) for crops, _ in (lab, home)
    )
    common = np.intersect1d(lab[1], home[1])
    ratios = [np.median(home_shares[home[1] == k]) / np.median(shares[lab[1] == k]) for k in common]
    size = round(float(np.sqrt(np.median(ratios))), 2)
    found = {"size": size, "scale": 1.0}
    if not 0 < size <= LEAST_CHANGE:
        return None, found
    # Half-way between the largest of home's and the small ones of the laboratory, where there is a gap.
    largest = home_shares.max()
    most_nucleus = float(np.sqrt(largest * max(largest, np.percentile(shares, 5))))
    ways = [None, *(Magnification(round(size**power, 3), most_nucleus) for power in POWERS)]
    logits = [predict(keras_classifier(network), shrink(lab[0], way), BATCH) for way in ways]
    likely = [log_likelihood(values, lab[1]) for values in logits]
    right = [float((values.argmax(axis=1) == lab[1]).mean()) for values in logits]
    best = int(np.argmax(likely))
    found |= {"accuracy": {"plain": right[0], "shrunk": right[best]}} if best else {}
    return ways[best], found | ({"scale": ways[best].scale, "mostNucleus": most_nucleus} if best else {})
