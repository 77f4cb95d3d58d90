"""The schedule over elapsed time, by an injected clock; the average; the loss."""

import math

import numpy as np
import pytest
from small_runs import NOTHING, SMALL, STRONG, WHY

torch = pytest.importorskip("torch", reason=WHY)

from dataclasses import replace

from hemoserve_training.gpu.averaging import Average, settle
from hemoserve_training.gpu.config import blend
from hemoserve_training.gpu.schedule import Elapsed, changes_at, learning_rate
from hemoserve_training.gpu.steps import build_optimizer
from hemoserve_training.gpu.teacher import loss_of, soft_loss
from hemoserve_training.runs.config import Distillation
from hemoserve_training.runs.student import soft_loss as keras_soft_loss


def test_the_share_follows_the_clock_and_goes_on_after_a_stop():
    at = 100.0
    elapsed = Elapsed(2.0, lambda: at)
    assert elapsed.share == 0
    at = 130.0
    assert elapsed.seconds == 30 and elapsed.share == 0.25
    at = 7.0
    resumed = Elapsed(2.0, lambda: at)
    resumed.resume(30.0)
    at = 67.0
    assert resumed.seconds == 90 and resumed.share == 0.75


def test_the_rate_warms_up_and_falls_by_a_cosine_to_zero():
    config = replace(SMALL, learning_rate=0.12, warmup=0.03)
    assert learning_rate(config, 0.0) == 0
    assert learning_rate(config, 0.015) == pytest.approx(0.06, rel=0.01)
    assert learning_rate(config, 0.03) == pytest.approx(0.12, rel=0.01)
    assert learning_rate(config, 0.5) == pytest.approx(0.06)
    assert learning_rate(config, 1.0) == pytest.approx(0, abs=1e-12)
    rates = [learning_rate(config, share) for share in np.linspace(0.03, 1, 50)]
    assert rates == sorted(rates, reverse=True)
    assert learning_rate(replace(config, warmup=0.0), 0.0) == 0.12


def test_changes_are_strong_until_their_share_and_mild_at_the_end():
    assert changes_at(SMALL, 0.0) == STRONG and changes_at(SMALL, 0.8) == STRONG
    late = changes_at(SMALL, 0.9)
    assert late.noise == pytest.approx(STRONG.noise / 2)
    assert late.channel == pytest.approx([limit / 2 for limit in STRONG.channel])
    assert changes_at(SMALL, 1.0) == blend(STRONG, NOTHING, 1.0)
    assert changes_at(SMALL, 1.0).noise == pytest.approx(0)


def test_the_average_is_that_of_the_steps_with_the_first_ones_counting_more():
    network = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.BatchNorm1d(1))
    average = Average(network, momentum=0.5)
    with torch.no_grad():
        expected = network[0].weight.item()
        for step, value in enumerate((1.0, 5.0, -2.0), 1):
            network[0].weight.fill_(value)
            network[1].running_mean.fill_(value)
            average.update(network, step)
            kept = min(0.5, (1 + step) / (20 + step))
            expected = kept * expected + (1 - kept) * value
    assert average.network[0].weight.item() == pytest.approx(expected, rel=1e-5)
    assert average.network[1].running_mean.item() != 0
    assert network[0].weight.item() == -2
    assert not any(parameter.requires_grad for parameter in average.network.parameters())


def test_settled_statistics_are_those_of_the_batches():
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4, momentum=0.01))
    batches = [torch.randn(5, 3, 8, 8) + shift for shift in range(4)]
    settle(network, batches)
    values = network[0](torch.cat(batches)).detach()
    torch.testing.assert_close(network[1].running_mean, values.mean((0, 2, 3)))
    of_batches = torch.stack([network[0](batch).var((0, 2, 3)) for batch in batches]).mean(0)
    torch.testing.assert_close(network[1].running_var, of_batches.detach())
    assert network[1].momentum == 0.01 and not network.training


def test_only_kernels_decay():
    from hemoserve_training.gpu.networks import NETWORKS

    network = NETWORKS["vgg16"](8, 0.0)
    decaying, others = build_optimizer(network, SMALL).param_groups
    assert {parameter.ndim for parameter in decaying["params"]} == {2, 4}
    assert {parameter.ndim for parameter in others["params"]} == {1}
    assert (decaying["weight_decay"], others["weight_decay"]) == (5e-4, 0)
    assert len(decaying["params"]) == 14 and len(others["params"]) == 14
    assert decaying["nesterov"] and decaying["momentum"] == 0.9
    # Scales of the normalizations stay 1, as Keras' networks have none.
    assert all((unit.normalization.weight == 1).all() for unit in network.units())


def test_the_loss_is_that_of_the_keras_path():
    rng = np.random.default_rng(1)
    taught, said = rng.normal(0, 2, (2, 6, 8)).astype(np.float32)
    ours = soft_loss(torch.from_numpy(taught), torch.from_numpy(said), 2.0)
    assert ours.item() == pytest.approx(float(keras_soft_loss(taught, said, 2.0)), rel=1e-5)
    truth = torch.arange(6)
    distillation = Distillation("vgg16", 32, temperature=2.0, weight=0.6, teacher="x")
    config = replace(SMALL, distillation=distillation, label_smoothing=0.0)
    alone = loss_of(torch.from_numpy(said), truth, config, None).item()
    log_p = said - np.log(np.exp(said).sum(axis=1, keepdims=True))
    assert alone == pytest.approx(-log_p[np.arange(6), np.arange(6)].mean(), rel=1e-5)
    mixed = loss_of(torch.from_numpy(said), truth, config, torch.from_numpy(taught)).item()
    assert mixed == pytest.approx(0.4 * alone + 0.6 * ours.item(), rel=1e-5)
    assert math.isfinite(mixed)
