"""Fits what the service judges a version's answers against, and writes it beside its networks: trust.json.

    npm run train:trust -- --model inceptionv3@2.0.0 --data ../shared/pbc --work /tmp/hemoserve/trust

The novelty's arrays are fitted on training crops, all else on the part of the manifest's figures. Each
precision that has an ONNX file of its own gets its own reference. What the networks say of the crops is kept
in --work. docs/trust.md explains each number.
"""

import json
from pathlib import Path

from ..cli import add_data, add_model, add_split, new_parser
from ..data.split_list import read_split
from ..release.manifest import network_file, preprocessing_of, read_manifest
from ..trust.fit import FLOAT32, calibration_error, trust_data
from ..trust.novelty import fit_novelty
from ..trust.publish import publish
from ..trust.seen import choose_reference, see_crops


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--crops", type=int, default=3000, help="training crops for the novelty's arrays")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of these crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for crops and features")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    folder = args.model.folder(args.models)
    manifest = read_manifest(folder)
    spec, parts, part = preprocessing_of(manifest), read_split(args.split), manifest["metrics"]["part"]
    networks = {FLOAT32: network_file(folder, manifest, "onnx")}
    if "int8" in manifest.get("precisions", {}):
        networks["int8"] = folder / manifest["precisions"]["int8"]["onnx"]
    chosen = choose_reference(parts["train"], args.crops, args.seed)
    reference = see_crops(networks[FLOAT32], args.data, chosen, spec, args.work)
    usual = {
        precision: see_crops(network, args.data, parts[part], spec, args.work)
        for precision, network in networks.items()
    }
    novelty = fit_novelty(reference, usual[FLOAT32])
    command = (
        f"npm run train:trust -- --model {args.model} --data {args.data} --split {args.split}"
        f" --crops {args.crops} --seed {args.seed} --work {args.work}"
    )
    temperature = manifest["calibration"]["temperature"]
    data = trust_data(novelty, usual, manifest["classes"], temperature, part, command)
    publish(folder, data, novelty)
    print(
        json.dumps({"n": len(usual[FLOAT32]), "expectedCalibrationError": calibration_error(usual[FLOAT32])})
    )
