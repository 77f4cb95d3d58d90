"""Writes a version's model card, MODEL_CARD.md, from its manifest and the service's evaluations of it.

    npm run train:card -- --model inceptionv3@2.0.0 --corruptions /tmp/hemoserve/evaluation/*/

The headings are those of Mitchell et al. 2019, arXiv:1810.03993. `npm run train:export` writes the card too,
without corruptions.
"""

from pathlib import Path

from ..cli import add_model, new_parser
from ..release.card import read_corruptions, write_card
from ..release.manifest import CARD_FILE, read_manifest


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    parser.add_argument(
        "--corruptions",
        type=Path,
        nargs="*",
        default=[],
        help="folders of npm run evaluate, one a corruption",
    )
    args = parser.parse_args()
    folder = args.model.folder(args.models)
    manifest = read_manifest(folder)
    write_card(folder, manifest, read_corruptions(args.corruptions, manifest))
    print(folder / CARD_FILE)
