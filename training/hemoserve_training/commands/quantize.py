"""Adds an int8 network to an exported version: static QDQ, calibrated on training crops.

    npm run train:quantize -- --model inceptionv3@2.0.0 --data ../shared/pbc

Where it loses too much accuracy, --keep-float N keeps the N layers in float32 whose weights or input int8
renders worst. The manifest lists the file. An engine serves it once its own loss is recorded
(`npm run train:record`), which the service's evaluation measures.
"""

import json

from ..cli import add_data, add_model, add_split, new_parser
from ..release.int8 import add_int8


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--per-class", type=int, default=32, help="calibration crops of each class")
    parser.add_argument("--keep-float", type=int, default=0, help="layers that stay float32")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    folder = args.model.folder(args.models)
    found = add_int8(folder, args.data, args.split, args.per_class, args.keep_float, args.seed)
    print(json.dumps(found, indent=2))
