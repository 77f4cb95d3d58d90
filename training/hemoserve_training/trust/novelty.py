"""How little a crop is like those that a network was trained on, as the service scores it
(src/trust/novelty.ts).

The score is the sum of two terms. `residual` is the squared length of the features outside the principal
space of the training crops' features (ViM, Wang et al. 2022, arXiv:2203.10807, without its logits).
`appearance` is the least class-conditional Mahalanobis distance (Lee et al. 2018, arXiv:1807.03888) of the
image measures: networks are trained not to mind colour and scale, so that their features hardly tell them.
docs/trust.md has the measurements that chose them (`npm run train:novelty`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from .seen import Seen

# Of the features' principal space. The arrays of 2,048 features are then 1 MB.
COMPONENTS = 128
# The weight of each term, in standard deviations of usual crops' terms.
TERM_WEIGHTS = {"residual": 1.0, "appearance": 0.5}
# The part of a measure's own variance in the measures' covariance (Ledoit & Wolf 2004 shrink likewise).
SHRINKAGE = 0.05
METHOD = (
    "Residual of the features (ViM, Wang et al. 2022) + Mahalanobis of the image measures (Lee et al. 2018)"
)


@dataclass(frozen=True)
class Novelty:
    """The arrays and weights of src/registry/trust-data.ts."""

    arrays: dict[str, np.ndarray]
    weights: dict[str, float]

    def terms(self, seen: Seen) -> dict[str, np.ndarray]:
        """Each (n,)."""
        centred = seen.features.astype(float) - self.arrays["mean"]
        projected = centred @ self.arrays["projection"].T
        standardized = (seen.measures - self.arrays["appearanceMean"]) * self.arrays["appearanceScales"]
        whitened = standardized @ self.arrays["appearanceProjection"].T
        distances = ((whitened[:, None] - self.arrays["appearanceClassMeans"]) ** 2).sum(axis=2)
        return {
            "residual": (centred**2).sum(axis=1) - (projected**2).sum(axis=1),
            "appearance": distances.min(axis=1),
        }

    def scores(self, seen: Seen) -> np.ndarray:
        """(n,); higher is more novel."""
        terms = self.terms(seen)
        return sum(weight * terms[term] for term, weight in self.weights.items())


def fit_novelty(reference: Seen, usual: Seen, components: int = COMPONENTS) -> Novelty:
    """reference: crops that the network was trained on, of every class that it knows; usual: others of the
    same kind, whose terms scale the weights."""
    features = reference.features.astype(float)
    mean = features.mean(axis=0)
    # The last principal axes say nothing where there are fewer crops than axes.
    kept = min(components, len(features) - 1, features.shape[1] - 1)
    scatter = (features - mean).T @ (features - mean)
    last = features.shape[1] - 1
    _, axes = eigh(scatter, subset_by_index=[last - kept + 1, last])
    arrays = {"mean": mean, "projection": axes.T[::-1]} | _fit_appearance(reference)
    # What is stored is what is scored with.
    arrays = {name: values.astype(np.float32) for name, values in arrays.items()}
    spread = Novelty(arrays, TERM_WEIGHTS).terms(usual)
    return Novelty(arrays, {term: weight / spread[term].std() for term, weight in TERM_WEIGHTS.items()})


def _fit_appearance(reference: Seen) -> dict[str, np.ndarray]:
    mean = reference.measures.mean(axis=0)
    deviation = reference.measures.std(axis=0)
    # A measure that never changes has no scale.
    scales = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    standardized = (reference.measures - mean) * scales
    labels, class_of = np.unique(reference.truth, return_inverse=True)
    means = np.stack([standardized[class_of == index].mean(axis=0) for index in range(len(labels))])
    within = standardized - means[class_of]
    covariance = within.T @ within / len(within)
    variances = np.diag(covariance) + (deviation == 0)
    values, vectors = np.linalg.eigh((1 - SHRINKAGE) * covariance + SHRINKAGE * np.diag(variances))
    whitening = (vectors / np.sqrt(values)).T
    return {
        "appearanceMean": mean,
        "appearanceScales": scales,
        "appearanceProjection": whitening,
        "appearanceClassMeans": means @ whitening.T,
    }
