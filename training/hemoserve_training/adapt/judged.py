"""What answers of an adapted version are judged against (src/registry/trust-data.ts), from crops that were
held out."""

from pathlib import Path

import numpy as np

from ..trust.fit import FLOAT32, trust_data
from ..trust.measures import measure_crops
from ..trust.novelty import fit_novelty
from ..trust.publish import publish
from ..trust.seen import Seen, see
from .labelled import Labelled
from .run import Adapted, Base


def add_trust(folder: Path, base: Base, adapted: Adapted, labelled: Labelled, command: str) -> None:
    """Writes the trust data of the version in `folder`, and its manifest.

    The novelty's arrays are of all crops that the network learnt from. Its thresholds, the conformal scores
    and the references of drift are of the held-out answers, whose networks learnt from three quarters: they
    are rather wide.
    """
    crops = np.concatenate([labelled.pixels, base.home])
    reference = see(folder / "model.onnx", crops, np.concatenate([labelled.truth, base.home_truth]))
    held = adapted.lab
    usual = Seen(held.logits, held.features, measure_crops(labelled.pixels), labelled.truth)
    novelty = fit_novelty(reference, usual)
    data = trust_data(
        novelty, {FLOAT32: usual}, base.classes, adapted.temperature, "cross-validation", command
    )
    publish(folder, data, novelty)
