"""How well novelty finds a class that a network has never seen: small networks are trained without each class
in turn. A larger network should do better, and cannot be trained eight times here."""

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

from ..networks.architectures import ARCHITECTURES
from ..networks.ends import FEATURES, LOGITS
from .measures import measure_crops
from .novelty import fit_novelty
from .seen import Seen


def left_out(
    train: np.ndarray,
    truth: np.ndarray,
    usual: np.ndarray,
    usual_truth: np.ndarray,
    without: int,
    epochs: int,
) -> dict[str, float]:
    """Of a network that was trained without a class: its accuracy on the other classes, and the AUROC with
    which novelty and the network's confidence tell the class from them.

    train, usual: uint8 crops (n, side, side, 3) that it is trained and judged on; without: index of the
    class.
    """
    known = truth != without
    network = _trained(train[known], truth[known], epochs)
    reference = _see(network, train[known], truth[known])
    judged = _see(network, usual, usual_truth)
    unknown = usual_truth == without
    novelty = fit_novelty(reference, judged[~unknown])
    confidence = judged.probabilities(1.0).max(axis=1)
    classes = np.delete(np.arange(truth.max() + 1), without)
    right = classes[judged.predicted[~unknown]] == usual_truth[~unknown]
    return {
        "accuracyOfTheOthers": float(right.mean()),
        "auroc": float(roc_auc_score(unknown, novelty.scores(judged))),
        "aurocOfResidual": float(roc_auc_score(unknown, novelty.terms(judged)["residual"])),
        "aurocOfAppearance": float(roc_auc_score(unknown, novelty.terms(judged)["appearance"])),
        "aurocOfProbability": float(roc_auc_score(unknown, -confidence)),
    }


def left_out_of_reference(reference: Seen, usual: Seen, without: int) -> float:
    """The AUROC where only the novelty does not know the class. It flatters: the features learned it."""
    known, unknown = reference.truth != without, usual.truth == without
    novelty = fit_novelty(reference[known], usual[~unknown])
    return float(roc_auc_score(unknown, novelty.scores(usual)))


def _trained(crops: np.ndarray, truth: np.ndarray, epochs: int) -> keras.Model:
    classes, labels = np.unique(truth, return_inverse=True)
    keras.utils.set_random_seed(1)
    network = ARCHITECTURES["lenet5-wide"](len(classes), 0.2, crops.shape[1])
    loss = {LOGITS: keras.losses.SparseCategoricalCrossentropy(from_logits=True)}
    network.compile(keras.optimizers.Adam(1e-3), loss)
    network.fit(crops.astype(np.float32), {LOGITS: labels}, batch_size=32, epochs=epochs, verbose=0)
    return network


def _see(network: keras.Model, crops: np.ndarray, truth: np.ndarray) -> Seen:
    outputs = network.predict(crops.astype(np.float32), batch_size=64, verbose=0)
    return Seen(outputs[LOGITS], outputs[FEATURES], measure_crops(crops), truth)
