"""Curves of an evaluation as PNG files; needs matplotlib, from the extra `train`."""

from pathlib import Path
from typing import Any

import numpy.typing as npt

from moderation.training.measures import auc, precision_recall, roc


def plot(
    directory: Path, name: str, labels: npt.ArrayLike, scores: npt.ArrayLike, bins: list[Any]
) -> list[Path]:
    """Write the ROC, precision-recall and reliability curves and return the files.

    `bins` are rows of (mean score, share labelled, number of rows).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    directory.mkdir(parents=True, exist_ok=True)
    wrongly, rightly = roc(labels, scores)
    recall, precision = precision_recall(labels, scores)
    means, shares, counts = zip(*bins, strict=True)
    curves = (
        ("roc", wrongly, rightly, "found wrongly", "found rightly", auc(labels, scores)),
        ("pr", recall, precision, "recall", "precision", None),
        ("reliability", means, shares, "mean score", "share labelled", None),
    )
    files = []
    for kind, across, up, across_label, up_label, area in curves:
        figure = Figure(figsize=(5, 5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(
            xlim=(0, 1.01), ylim=(0, 1.01), xlabel=across_label, ylabel=up_label, aspect="equal"
        )
        axes.plot(across, up, marker="o" if kind == "reliability" else "", color="#1f5fa8")
        if kind != "pr":
            axes.plot((0, 1), (0, 1), linestyle=":", color="#777777")
        if kind == "reliability":
            for x, y, count in zip(means, shares, counts, strict=True):
                axes.annotate(f"{count}", (x, y), textcoords="offset points", xytext=(6, -10))
        axes.set_title(f"{name}: AUC {area:.4f}" if area is not None else f"{name}: {kind}")
        axes.grid(alpha=0.25)
        file = directory / f"{name}-{kind}.png"
        figure.savefig(file, dpi=120)
        files.append(file)
    return files
