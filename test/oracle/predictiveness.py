"""The predictiveness report, computed again from the exported rows: python predictiveness.py ROWS.tsv > figures.json

Nothing here is clever: the DeLong variance is its definition, an average over every pair of a success and a failure.
"""

import json
import sys

import numpy as np
from scipy import stats

from tables import read_table

COMPONENTS = ["semantic", "goal_alignment", "cultural_momentum", "historical", "authenticity", "confidence"]
Z = stats.norm.ppf(0.975)


def auc_with_interval(scores, successful):
    """Mann-Whitney U over the number of pairs, and the logit interval of DeLong, DeLong & Clarke-Pearson (1988)."""
    positives, negatives = scores[successful], scores[~successful]
    pairs = len(positives) * len(negatives)
    auc = stats.mannwhitneyu(positives, negatives).statistic / pairs
    wins = np.greater.outer(positives, negatives) + 0.5 * np.equal.outer(positives, negatives)
    variance = np.var(wins.mean(axis=1), ddof=1) / len(positives) + np.var(wins.mean(axis=0), ddof=1) / len(negatives)
    logit = np.log(auc / (1 - auc))
    half = Z * np.sqrt(variance) / (auc * (1 - auc))
    low, high = 1 / (1 + np.exp(-(logit + np.array([-half, half]))))
    return auc, low, high


def spearman_with_interval(x, y):
    """Spearman's rho and the interval of Bonett & Wright (2000) on Fisher's scale."""
    rho = stats.spearmanr(x, y).statistic
    half = Z * np.sqrt((1 + rho**2 / 2) / (len(x) - 3))
    low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    return rho, low, high


def figures(rows, component):
    scores = np.array([float(row[component]) for row in rows])
    successful = np.array([row["is_successful"] == "true" for row in rows])
    scored = [index for index, row in enumerate(rows) if row["success_score"] is not None]
    auc, auc_low, auc_high = auc_with_interval(scores, successful)
    rho, rho_low, rho_high = spearman_with_interval(
        scores[scored], [float(rows[index]["success_score"]) for index in scored]
    )
    verdict = "predicts" if auc_low > 0.5 else "predicts_inversely" if auc_high < 0.5 else "no_evidence"
    return {
        "component": component,
        "n": len(rows),
        "auc": auc,
        "aucLow": auc_low,
        "aucHigh": auc_high,
        "spearman": rho,
        "spearmanLow": rho_low,
        "spearmanHigh": rho_high,
        "verdict": verdict,
    }


rows = read_table(sys.argv[1])
json.dump([figures(rows, component) for component in COMPONENTS], sys.stdout, allow_nan=False)
