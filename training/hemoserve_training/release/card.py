"""A version's model card, MODEL_CARD.md, from its manifest and the service's evaluations of it.

The headings are those of Mitchell et al. 2019, arXiv:1810.03993.
"""

import json
from pathlib import Path

from ..measure.markdown import percent, table, with_limits
from .manifest import CARD_FILE


def details(manifest: dict) -> str:
    width, height = manifest["input"]["width"], manifest["input"]["height"]
    training, licences = manifest["training"], manifest["licences"]
    return "\n".join(
        [
            f"- Architecture: {manifest['architecture']}, {width} x {height} pixels, "
            f"{len(manifest['classes'])} classes: {', '.join(manifest['classes'])}",
            f"- Trained by `{training['command']}` at commit {training['commit']}{circumstances(training)}",
            f"- Probabilities: softmax at temperature {manifest['calibration']['temperature']:.4f} "
            "(Guo et al. 2017)",
            f"- Licences: weights {licences['weights']}, data {licences['data']}",
        ]
    )


def circumstances(training: dict) -> str:
    """What else the manifest tells of the run."""
    facts = [training.get("device"), f"{training['seconds']:g} s" if "seconds" in training else None]
    told = ", ".join(fact for fact in facts if fact)
    return (f" ({told})" if told else "") + (f". {training['note']}" if "note" in training else "")


def precisions(manifest: dict) -> str:
    rows = []
    for name, entry in manifest.get("precisions", {}).items():
        losses = entry.get("accuracyLoss", {})
        rows += [[name, engine, f"{100 * loss:.2f} points"] for engine, loss in losses.items()]
        if not losses:
            rows.append([name, "any", "not measured, so not served"])
    return table(["Precision", "Engine", "Accuracy lost against float32"], rows) if rows else ""


def corruption_table(corruptions: dict[str, dict]) -> str:
    if not corruptions:
        return "Not measured for this version under corruptions (`npm run train:corrupt`)."
    rows = [
        [name, with_limits(e["accuracy"]), percent(e["macroF1"]), str(e["n"])]
        for name, e in sorted(corruptions.items())
    ]
    return "Under corruptions (docs/results.md says which):\n\n" + table(
        ["Corruption", "Accuracy % (95 %)", "Macro F1 %", "Crops"], rows
    )


def render(manifest: dict, corruptions: dict[str, dict]) -> str:
    """The card as Markdown. corruptions: evaluation.json of each corrupted data set, by its name."""
    metrics, training = manifest["metrics"], manifest["training"]
    recalls = [[name, with_limits(r), str(r["n"])] for name, r in metrics["recall"].items()]
    worst = min(metrics["recall"], key=lambda name: metrics["recall"][name]["value"])
    fitted = (
        " The temperature was fitted on this part too, so its calibration error flatters a little."
        if metrics["part"] == "validation"
        else ""
    )
    sections = {
        "Model details": details(manifest),
        "Intended use": manifest["intendedUse"],
        "Factors": "The stain, the analyzer and its camera, the scale of the crop and its focus change what "
        "a crop looks like; all crops of training and evaluation are from one analyzer of one hospital.",
        "Metrics": "Accuracy, recall per class and macro F1; expected calibration error over 15 bins of "
        "equal width. In brackets the exact (Clopper-Pearson) 95 % limits.",
        "Evaluation data": f"The {metrics['part']} part of `{training['split']}`, {metrics['n']} crops that "
        f"training never saw.{fitted}",
        "Training data": f"{training['dataset']}: {training['cropCount']} crops, fingerprint "
        f"`{training['fingerprint']}`.",
        "Quantitative analyses": "\n\n".join(
            part
            for part in [
                f"Accuracy {with_limits(metrics['accuracy'])} %, macro F1 {percent(metrics['macroF1'])} %, "
                f"expected calibration error {metrics['expectedCalibrationError']:.4f}{_limits(metrics)}.",
                table(["Class", "Recall % (95 %)", "Crops"], recalls),
                precisions(manifest),
                corruption_table(corruptions),
            ]
            if part
        ),
        "Ethical considerations": "A wrong class in a differential can hide or feign a disease; every result "
        "is for review by a qualified person. Nothing is known of the patients' age, sex or origin, so "
        "neither is whether it is equally right for all of them.",
        "Caveats and recommendations": "Every crop gets one of the classes, whatever it shows: cells of "
        "other kinds (blasts, atypical lymphocytes), smudges and artefacts are not among them. Its worst "
        f"class is {worst}. Before use elsewhere measure it on crops of your own analyzer and stain with "
        "`npm run evaluate`.",
    }
    title = f"# {manifest['name']} {manifest['version']}"
    return "\n\n".join([title, *(f"## {name}\n\n{text}" for name, text in sections.items())]) + "\n"


def write_card(folder: Path, manifest: dict, corruptions: dict[str, dict]) -> None:
    (folder / CARD_FILE).write_text(render(manifest, corruptions))


def read_corruptions(folders: list[Path], manifest: dict) -> dict[str, dict]:
    """evaluation.json of each folder, by the name of its data set.

    Raises SystemExit for one of another version or of several views of a crop.
    """
    evaluations = {}
    for folder in folders:
        evaluation = json.loads((folder / "evaluation.json").read_text())
        version = {key: manifest[key] for key in ("name", "version")}
        if evaluation["model"] != version or evaluation["views"] != 1:
            raise SystemExit(f"{folder} is of {evaluation['model']}, views of a crop: {evaluation['views']}")
        evaluations[evaluation["data"]["name"]] = evaluation
    return evaluations


def _limits(metrics: dict) -> str:
    limits = metrics.get("calibrationErrorLimits")
    return f" ({limits['lower95']:.4f}–{limits['upper95']:.4f})" if limits else ""
