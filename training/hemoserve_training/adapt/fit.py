"""Trains the last blocks of a network on a laboratory's crops while it rehearses its own."""

from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf
from scipy.special import softmax

from ..networks.ends import FEATURES, LOGITS
from .blocks import split, trained_variables
from .views import Views

CLIP_NORM = 5.0


@dataclass(frozen=True)
class Strength:
    """How much is learnt.

    blocks: those before the head that are trained, 0 for the head alone; epochs: passes over the laboratory's
    crops; least_steps: so few crops have hardly any steps otherwise; rate: the first learning rate, which
    falls to 0 by a cosine; half: crops of each of the two sources in a batch; home_weight: of a home crop, by
    that of one of the laboratory; dropout: of the features; smoothing: of the laboratory's labels (Szegedy et
    al. 2016).
    """

    blocks: int = 4
    epochs: int = 14
    least_steps: int = 14
    rate: float = 0.01
    half: int = 24
    home_weight: float = 2.0
    dropout: float = 0.2
    smoothing: float = 0.05

    def steps(self, crops: int) -> int:
        return max(self.least_steps, self.epochs * (crops // self.half))


class Tail:
    """The part of a network that may be trained: takes the trunk's activations. Its normalizations keep their
    statistics, which a few crops would spoil."""

    def __init__(self, network: keras.Model, most_blocks: int):
        self.trunk, model = split(network, most_blocks)
        self._network, self._head = network, network.get_layer(LOGITS)
        self._most = trained_variables(network, most_blocks)
        self._compiled = {}
        self._start = [np.asarray(variable) for variable in self._most]
        self._body = keras.Model(model.input, model.output[FEATURES])
        self._run = tf.function(
            lambda activations: model(tf.cast(activations, tf.float32), training=False), reduce_retracing=True
        )

    def reset(self) -> None:
        """Takes back what was learnt."""
        for variable, value in zip(self._most, self._start, strict=True):
            variable.assign(value)

    @property
    def classes(self) -> int:
        return self._head.units

    def outputs(self, activations: np.ndarray, batch: int = 64) -> dict[str, np.ndarray]:
        """Logits and features of activations (n, ...)."""
        starts = range(0, len(activations), batch)
        parts = [self._run(tf.constant(activations[start : start + batch])) for start in starts]
        return {name: np.concatenate([part[name].numpy() for part in parts]) for name in (LOGITS, FEATURES)}

    def remember(self, home: Views) -> Views:
        """The same, to be learnt as the tail says it now, so that little is forgotten (Li & Hoiem 2016,
        Learning without Forgetting, arXiv:1606.09282)."""
        said = [softmax(self.outputs(activations)[LOGITS], axis=1) for activations in home.activations]
        return replace(home, said=np.stack(said))

    def fit(self, lab: Views, home: Views, strength: Strength, seed: int) -> None:
        """Learns from both, beginning with what the tail is: half of each batch is the laboratory's, half
        home's; stochastic gradient descent with Nesterov's momentum."""
        rng = np.random.default_rng(seed)
        trained, classes = trained_variables(self._network, strength.blocks), self.classes
        if strength not in self._compiled:
            self._compiled[strength] = self._gradients(trained, strength)
        gradients = self._compiled[strength]
        optimizer = keras.optimizers.SGD(strength.rate, momentum=0.9, nesterov=True)
        optimizer.build(trained)
        steps = strength.steps(len(lab.truth))
        for step in range(steps):
            optimizer.learning_rate.assign(strength.rate * 0.5 * (1 + np.cos(np.pi * step / steps)))
            activations, targets = zip(
                *(_draw(rng, views, strength, classes) for views in (lab, home)), strict=True
            )
            found = gradients(*(tf.constant(np.concatenate(part)) for part in (activations, targets)))
            optimizer.apply(found, trained)

    def _gradients(self, trained: list[keras.Variable], strength: Strength):
        weights = np.repeat(np.array([1, strength.home_weight], np.float32), strength.half)

        @tf.function(reduce_retracing=True)
        def gradients(activations, targets):
            with tf.GradientTape() as tape:
                features = self._body(tf.cast(activations, tf.float32), training=False)
                logits = self._head(tf.nn.dropout(features, strength.dropout))
                losses = tf.nn.softmax_cross_entropy_with_logits(targets, logits)
                loss = tf.reduce_sum(weights * losses) / weights.sum()
            return tf.clip_by_global_norm(tape.gradient(loss, trained), CLIP_NORM)[0]

        return gradients


def _draw(
    rng: np.random.Generator, views: Views, strength: Strength, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Activations of random crops, each in a random view, and the probabilities to be learnt; twice the same
    only where there are fewer."""
    count = strength.half
    crops = rng.choice(len(views.truth), count, replace=len(views.truth) < count)
    chosen = rng.integers(len(views.activations), size=count)
    if views.said is not None:
        targets = views.said[chosen, crops]
    else:
        known = np.eye(classes)[views.truth[crops]]
        targets = (1 - strength.smoothing) * known + strength.smoothing / classes
    return views.activations[chosen, crops], targets.astype(np.float32)
