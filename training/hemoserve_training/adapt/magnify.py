"""Whether a laboratory's cells are larger on their crops than home's, and whether shrinking them helps."""

import keras
import numpy as np

from ..measure.predict import keras_classifier, predict
from ..networks.magnification import Magnification, magnified, nucleus_share

BATCH = 32
# A network that was trained on changed sizes knows what is less than that much larger.
LEAST_CHANGE = 0.85


def choose_magnification(
    network: keras.Model, lab: tuple[np.ndarray, np.ndarray], home: tuple[np.ndarray, np.ndarray]
) -> tuple[Magnification | None, dict]:
    """What helps the network with the laboratory's crops before it learns anything of them, and the figures
    for it. lab, home: uint8 crops (n, side, side, 3) and the index of each one's class (n,).

    The scale is the square root of the nuclei's shares at home and there, each class for itself, as nuclei
    differ by class; the median of the classes.
    """
    shares, home_shares = (
        np.concatenate([nucleus_share(crops[start : start + BATCH]) for start in range(0, len(crops), BATCH)])
        for crops, _ in (lab, home)
    )
    common = np.intersect1d(lab[1], home[1])
    ratios = [np.median(home_shares[home[1] == k]) / np.median(shares[lab[1] == k]) for k in common]
    scale = round(float(np.sqrt(np.median(ratios))), 2)
    found = {"scale": scale, "used": False}
    if not 0 < scale <= LEAST_CHANGE:
        return None, found
    # Half-way between the largest of home's and the small ones of the laboratory, where there is a gap.
    largest = home_shares.max()
    magnification = Magnification(scale, float(np.sqrt(largest * max(largest, np.percentile(shares, 5)))))
    plain, shrunk = (
        float((predict(keras_classifier(model), lab[0], BATCH).argmax(axis=1) == lab[1]).mean())
        for model in (network, magnified(network, magnification, lab[0].shape[1]))
    )
    found |= {"mostNucleus": magnification.most_nucleus, "accuracy": {"plain": plain, "shrunk": shrunk}}
    if shrunk <= plain:
        return None, found
    return magnification, found | {"used": True}
