"""What a version's manifest may be when it is written, and what is read of one."""

import json
from copy import deepcopy

import pytest
from conftest import ROOT

from hemoserve_training.release.manifest import network_file, read_manifest, write_manifest

DEFAULT = json.loads((ROOT / "models" / "default.json").read_text())
PUBLISHED = ROOT / "models" / DEFAULT["name"] / DEFAULT["version"]


@pytest.fixture
def manifest() -> dict:
    return read_manifest(PUBLISHED)


def test_a_published_manifest_is_written_as_it_is(manifest, tmp_path):
    write_manifest(tmp_path, manifest)
    assert (tmp_path / "manifest.json").read_text() == (PUBLISHED / "manifest.json").read_text()


@pytest.mark.parametrize("kind", ["onnx", "savedModel"])
def test_a_version_may_have_one_of_the_two_networks(manifest, tmp_path, kind):
    del manifest[kind]
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda m: m.pop("classes"), r"\$: 'classes' is a required property"),
        (lambda m: m["input"].update(width="160"), r"\$\.input\.width: '160' is not of type 'integer'"),
        (lambda m: m.update(version="1.4"), r"\$\.version: '1.4' does not match"),
        (
            lambda m: m["metrics"]["accuracy"].update(value=98.2),
            r"\$\.metrics\.accuracy\.value: 98.2 is greater",
        ),
        (lambda m: m["precisions"]["int8"].update(accuracyLoss={"caffe": 0.1}), r"accuracyLoss.*'caffe'"),
    ],
)
def test_a_manifest_that_the_service_would_not_read_is_not_written(manifest, tmp_path, change, fault):
    changed = deepcopy(manifest)
    change(changed)
    with pytest.raises(ValueError, match=fault) as caught:
        write_manifest(tmp_path, changed)
    assert str(tmp_path / "manifest.json") in str(caught.value)
    assert not (tmp_path / "manifest.json").exists()


def test_every_fault_is_told(manifest, tmp_path):
    del manifest["classes"], manifest["licences"]
    with pytest.raises(ValueError, match=r"'classes'.*\n.*'licences'"):
        write_manifest(tmp_path, manifest)


def test_a_version_without_any_network_is_refused_in_few_words(manifest, tmp_path):
    del manifest["onnx"], manifest["savedModel"]
    expected = r"\$: 'onnx' is a required property or 'savedModel' is a required property$"
    with pytest.raises(ValueError, match=expected):
        write_manifest(tmp_path, manifest)


@pytest.mark.parametrize("kind", ["onnx", "savedModel"])
def test_a_network_that_the_version_lacks_is_an_error_that_names_it(manifest, kind):
    assert network_file(PUBLISHED, manifest, kind).exists()
    del manifest[kind]
    with pytest.raises(ValueError, match=f"manifest.json: the version has no {kind}"):
        network_file(PUBLISHED, manifest, kind)
