"""Audits a data set: what is no crop, what is there twice, how many and how large. Deletes nothing.

    npm run train:audit -- --data ../shared/pbc --out /tmp/hemoserve/audit

writes audit.csv, a row a file, and audit.json, the summary.
"""

from pathlib import Path

from ..cli import add_data, new_parser
from ..data.audit import audit
from ..data.audit_text import describe


def main() -> None:
    parser = new_parser(__doc__)
    add_data(parser, "folder or zip with one folder per class, at any depth")
    parser.add_argument("--out", type=Path, required=True, help="folder for audit.csv and audit.json")
    args = parser.parse_args()
    print(describe(audit(args.data, args.out)))
    print(f"-> {args.out / 'audit.csv'}, {args.out / 'audit.json'}")
