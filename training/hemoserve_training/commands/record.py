"""Records what each engine loses in a version's other precisions, in its manifest, and what it says of the
golden images in int8, beside them. Both come from the service's own evaluations: in float32 and in the other
precision, with the same engine.

    for engine in onnxruntime openvino; do
        for precision in float32 int8; do
            npm run evaluate -- --model inceptionv3@2.0.0 --data ../shared/pbc \\
                --split training/splits/pbc.csv --part validation \\
                --engine $engine --precision $precision --out /tmp/hemoserve/loss/$engine-$precision
        done
    done
    npm run train:record -- --model inceptionv3@2.0.0 --evaluations /tmp/hemoserve/loss/*/

An engine that is not recorded does not serve the precision. `npm run train:card` then puts the losses on the
model card.
"""

import json
from pathlib import Path

from ..cli import add_model, new_parser
from ..release.manifest import list_files, read_manifest, write_golden, write_manifest
from ..release.record import read_evaluation, record_confusion, record_golden, record_losses


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    parser.add_argument(
        "--evaluations", type=Path, nargs="+", required=True, help="folders of npm run evaluate"
    )
    args = parser.parse_args()
    folder = args.model.folder(args.models)
    manifest = read_manifest(folder)
    evaluations = [read_evaluation(evaluated, manifest) for evaluated in args.evaluations]
    losses = record_losses(manifest, evaluations)
    record_confusion(manifest, evaluations)
    golden_file = folder / manifest["golden"]["file"]
    golden = json.loads(golden_file.read_text())
    record_golden(golden, evaluations)
    write_golden(golden_file, golden)
    manifest["files"] = list_files(folder)
    write_manifest(folder, manifest)
    for (engine, precision), loss in losses.items():
        print(f"{engine} loses {100 * loss:.2f} points of accuracy in {precision}")
