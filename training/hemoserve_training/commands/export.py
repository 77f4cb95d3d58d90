"""Exports a trained run into the model registry: SavedModel, ONNX, golden outputs and manifest.

    npm run train:export -- --run /tmp/hemoserve/inceptionv3 --config training/configs/inceptionv3.toml \\
        --data ../shared/pbc --version 1.0.0
"""

from pathlib import Path

from ..cli import add_config, add_data, add_models, add_split, new_parser
from ..gpu.config import load_recipe
from ..release.export import export


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the finished run, in train's --work"
    )
    add_config(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--golden", type=Path, default=Path("test/fixtures/cells"), help="generated images")
    add_models(parser)
    parser.add_argument("--version", required=True, help="semantic version of the model")
    args = parser.parse_args()
    config = load_recipe(args.config)
    print(export(args.run, config, args.data, args.split, args.golden, args.models, args.version))
