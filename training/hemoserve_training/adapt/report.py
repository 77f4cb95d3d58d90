"""The report of an adaptation, as Markdown: all its figures are of crops that were held out."""

from ..measure.markdown import percent, table, with_limits

NOTHING_GAINED = (
    "**Nothing was gained**: on your crops the adapted network is not right more often than the one that it "
    "began with. Serve that one, or label more crops."
)


def render(found: dict) -> str:
    """found: what `run.adapt` returns, which is also the report as JSON."""
    sections = [f"# {found['name']} {found['version']}", _summary(found), "## Classes", _recalls(found)]
    sections += ["## Size of the cells", _size(found["magnification"])]
    sections += ["## Colours", _colours(found["colours"])]
    sections += ["## Confusion", _confusion(found), "## More crops", _curve(found)]
    sections += ["## What home lost", _home(found), "## The gates", _gates(found)]
    if found["rejected"]:
        lines = [f"- `{entry['path']}`: {entry['reason']}" for entry in found["rejected"]]
        sections += ["## Crops that were not used", "\n".join(lines)]
    return "\n\n".join(sections) + "\n"


def _summary(found: dict) -> str:
    before, after = found["before"], found["after"]
    counts = ", ".join(f"{name} {count}" for name, count in found["crops"].items())
    rows = [
        ["Accuracy % (95 %)", with_limits(before["accuracy"]), with_limits(after["accuracy"])],
        ["Macro F1 %", percent(before["macroF1"]), percent(after["macroF1"])],
        ["Wrong though p > .9, %", with_limits(before["wrongAndSure"]), with_limits(after["wrongAndSure"])],
        ["Expected calibration error"]
        + [f"{figures['expectedCalibrationError']:.3f}" for figures in (before, after)],
    ]
    trained = f"the last {found['blocks']} blocks and the head" if found["blocks"] else "the head alone"
    few = [name for name, count in found["crops"].items() if count < found["fewCrops"]]
    return "\n\n".join(
        [
            f"{found['from']} was adapted to {found['laboratory']}, by {after['n']} labelled crops: "
            f"{counts}. "
            f"Training {trained} took {found['seconds']:.0f} s.",
            f"Each crop was judged by a network that had learnt from the other {found['folds'] - 1} of "
            f"{found['folds']} parts. In brackets the exact (Clopper-Pearson) 95 % limits.",
            table(["", "Before", "After"], rows),
            *([] if after["accuracy"]["value"] > before["accuracy"]["value"] else [NOTHING_GAINED]),
            *([f"Too few crops to say anything of {', '.join(few)}: label at least five."] if few else []),
            *(
                [f"Not labelled, so not measured here: {', '.join(found['missing'])}."]
                if found["missing"]
                else []
            ),
        ]
    )


def _size(size: dict) -> str:
    says = f"By their nuclei, home's cells are {size['size']:.2f} times as large on a crop as yours."
    if size["scale"] == 1:
        return f"{says} Crops stay as they are: shrinking them would not help."
    plain, shrunk = (percent(size["accuracy"][way]) for way in ("plain", "shrunk"))
    return (
        f"{says} So the version shrinks your crops to {size['scale']:.2f} of their side. Before it learnt "
        f"anything, {plain} % of them were right as they are, {shrunk} % shrunk."
    )


def _colours(colours: dict) -> str:
    without, with_them = (percent(colours["accuracy"][way]) for way in ("without", "with"))
    held = f"Held out, {without} % were right by the network alone, {with_them} % by both."
    if colours["used"]:
        return f"Your crops' colours have a say beside the network. {held}"
    return f"The colours of your crops have no say: the network does better alone. {held}"


def _recalls(found: dict) -> str:
    rows = [
        [name, with_limits(recall), with_limits(found["after"]["recall"][name]), str(recall["n"])]
        for name, recall in found["before"]["recall"].items()
    ]
    return table(["Class", "Recall before % (95 %)", "Recall after % (95 %)", "Crops"], rows)


def _confusion(found: dict) -> str:
    confusion = found["after"]["confusion"]
    said = sorted({name for row in confusion.values() for name in row})
    rows = [[name, *(str(row.get(other, "")) for other in said)] for name, row in confusion.items()]
    return "A row is the true class, a column what the adapted network said.\n\n" + table(["", *said], rows)


def _curve(found: dict) -> str:
    rows = [[f"{point['crops']}", with_limits(point["accuracy"])] for point in found["learningCurve"]]
    gain = found["learningCurve"][-1]["accuracy"]["value"] - found["learningCurve"][-2]["accuracy"]["value"]
    says = (
        f"The last doubling brought {100 * gain:.1f} points. Twice as many crops again may bring about as "
        "much, rather less."
        if gain > 0.01
        else "The last doubling brought hardly anything: more crops of the same kind help little."
    )
    return table(["Crops learnt from", "Accuracy % (95 %)"], rows) + "\n\n" + says


def _home(found: dict) -> str:
    home = found["home"]
    return (
        f"Of {home['n']} home crops ({home['of']}) {with_limits(home['before'])} % were right before, "
        f"{with_limits(home['after'])} % after: a loss of {100 * home['loss']:.2f} points."
    )


def _gates(found: dict) -> str:
    return "\n".join(
        f"- {'pass' if gate['passed'] else 'FAIL'}: {gate['name']}, {gate['detail']}"
        for gate in found["gates"]
    )
