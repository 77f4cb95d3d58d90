"""Measures how well a version's trust data tell other pictures from usual crops, and what is accepted of
them.

    npm run train:novelty -- --model inceptionv3@2.0.0 --data ../shared/pbc --part test \\
        --other ../shared/other-laboratory/bccd --everyday PICTURES --tissue PICTURES \\
        --work /tmp/hemoserve/trust --out training/results/trust/inceptionv3-2.0.0.json

Blank fields, noise, smudges, two cells, half a cell, other magnifications and colours are drawn from the
part's crops. --everyday and --tissue are folders of pictures that packages ship: scikit-image's wheel has
some of both. The decisions are those of the service's default settings, in float32.
"""

import json
from pathlib import Path

import numpy as np

from ..cli import add_data, add_model, add_part, add_split, new_parser
from ..data.classes import CLASSES
from ..data.preprocessing import preprocess
from ..data.split_list import read_split
from ..release.manifest import network_file, preprocessing_of, read_manifest
from ..trust.alternatives import alternatives
from ..trust.draw import draw_kinds
from ..trust.judge import judge, reasons
from ..trust.publish import read_trust
from ..trust.seen import choose_reference, see, see_crops


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    add_part(parser)
    parser.add_argument("--other", type=Path, help="another laboratory's crops, one folder per class")
    parser.add_argument("--everyday", type=Path, help="folder of everyday pictures")
    parser.add_argument("--tissue", type=Path, help="folder of pictures of tissue")
    parser.add_argument("--per-kind", type=int, default=100, help="pictures of each kind")
    parser.add_argument(
        "--crops", type=int, default=3000, help="training crops that other scores are fitted on"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="folder for crops and features")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the figures")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    folder = args.model.folder(args.models)
    manifest = read_manifest(folder)
    spec, split = preprocessing_of(manifest), read_split(args.split)
    crops = split[args.part]
    network, temperature = network_file(folder, manifest, "onnx"), manifest["calibration"]["temperature"]
    data, novelty = read_trust(folder, manifest)

    chosen = choose_reference(split["train"], args.crops, args.seed)
    scorers = alternatives(see_crops(network, args.data, chosen, spec, args.work), novelty)
    home = see_crops(network, args.data, crops, spec, args.work)
    usual = {name: score(home) for name, score in scorers.items()}

    def figures(seen, usual=None):
        found = reasons(data, novelty, manifest["classes"], temperature, seen)
        return judge(found, seen, {name: score(seen) for name, score in scorers.items()}, usual)

    result = {"model": str(args.model), "part": args.part, "seed": args.seed, "home": figures(home)}
    if args.other:
        files = sorted(file for label in CLASSES for file in (args.other / label).glob("*"))
        truth = np.array([CLASSES.index(file.parent.name) for file in files])
        result["otherLaboratory"] = figures(
            see(network, np.stack([preprocess(file, spec) for file in files]), truth), usual
        )
    pictures = {
        kind: sorted(given.iterdir())
        for kind, given in (("everyday", args.everyday), ("tissue", args.tissue))
        if given
    }
    paths, result["kinds"] = [args.data / crop.path for crop in crops], {}
    for kind, drawn in draw_kinds(paths, pictures, args.per_kind, spec, args.seed):
        seen = see(network, drawn, np.full(len(drawn), -1))
        result["kinds"][kind] = figures(seen, usual)
        print(kind, json.dumps(result["kinds"][kind]), flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(args.out)
