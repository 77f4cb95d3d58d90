"""The network in training: compiled, and with a teacher where the configuration names one."""

from pathlib import Path

import keras

from ..data.classes import CLASSES
from ..networks.architectures import ARCHITECTURES
from ..networks.ends import LOGITS
from ..networks.normalization import normalizations
from .averaging import AveragingAdamW
from .config import Config, Distillation
from .published import load_version

FINAL_WEIGHTS = "final.weights.h5"


class Distilled(keras.Model):
    """A network that also learns what a teacher says of the same augmented crops."""

    def learn_from(self, teacher: keras.Model, distillation: Distillation) -> None:
        teacher.trainable = False
        self.teacher = teacher
        self.distillation = distillation

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        if not training:
            return loss
        side = self.distillation.teacher_size_px
        seen = x if x.shape[1] == side else keras.ops.image.resize(x, (side, side), antialias=True)
        said = keras.ops.stop_gradient(self.teacher(seen, training=False))
        weight = self.distillation.weight
        return (1 - weight) * loss + weight * soft_loss(said, y_pred, self.distillation.temperature)


def soft_loss(teacher_logits, student_logits, temperature: float):
    """Divergence of the student's from the teacher's softmax at a temperature, scaled by its square, so that
    its gradients stay comparable with those of the labels (Hinton et al. 2015); logits: (batch, classes)."""
    soft = keras.ops.softmax(teacher_logits / temperature)
    difference = keras.ops.log_softmax(teacher_logits / temperature) - keras.ops.log_softmax(
        student_logits / temperature
    )
    return temperature**2 * keras.ops.mean(keras.ops.sum(soft * difference, axis=-1))


def build_network(config: Config, work: Path | None) -> keras.Model:
    """The configured network with its two outputs; from the weights that it starts from, where given, but
    from random ones without a work folder."""
    keras.mixed_precision.set_global_policy(config.precision)
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, config.final_size_px)
    if config.start_from and work:
        network.load_weights(work / config.start_from / FINAL_WEIGHTS)
    if config.start_from_version and work:
        load_version(network, Path(config.start_from_version))
    for norm in normalizations(network):
        norm.trainable = not config.freeze_normalization
    return network


def build_teacher(distillation: Distillation, work: Path | None) -> keras.Model:
    """The teacher's logits; from random weights without a work folder."""
    network = load_teacher(distillation, work)
    return keras.Model(network.input, network.output[LOGITS], name="teacher")


def load_teacher(distillation: Distillation, work: Path | None) -> keras.Model:
    """The teacher, from random weights without a work folder."""
    network = ARCHITECTURES[distillation.teacher_arch](len(CLASSES), 0.0, distillation.teacher_size_px)
    if work and distillation.teacher_version:
        load_version(network, Path(distillation.teacher_version))
    elif work:
        network.load_weights(work / distillation.teacher / FINAL_WEIGHTS)
    return network


def compile_student(
    network: keras.Model, config: Config, steps_per_epoch: int, work: Path | None
) -> keras.Model:
    """A model for `fit` that shares the network's weights."""
    # The features are an output for serving, not a target.
    ends = {"inputs": network.input, "outputs": network.output[LOGITS], "name": network.name}
    if config.distillation:
        model = Distilled(**ends)
        model.learn_from(build_teacher(config.distillation, work), config.distillation)
    else:
        model = keras.Model(**ends)
    optimizer = AveragingAdamW(
        learning_rate(config, steps_per_epoch),
        weight_decay=config.weight_decay,
        global_clipnorm=5.0,
        use_ema=config.ema_momentum > 0,
        ema_momentum=config.ema_momentum,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    model.compile(
        optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        # XLA is slower than TensorFlow's own kernels on a CPU; JAX has nothing else.
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


def learning_rate(
    config: Config, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Constant, or one cosine from warm-up to zero that spans all stages (Loshchilov & Hutter 2017)."""
    if config.schedule == "constant":
        return config.learning_rate
    warmup_steps = int(config.warmup_epochs * steps_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=config.epochs * steps_per_epoch - warmup_steps,
    )
