"""The statistics of the domain, by the libraries that people trust: python random_inputs.py QUESTIONS.json > answers.json

QUESTIONS.json is a list of {kind, input}; the answers are in its order, named as in TypeScript. scipy, statsmodels and
scikit-learn compute; what none of them has is its definition, written out.
"""

import itertools
import json
import math
import sys
import warnings

import numpy as np
import statsmodels.api as sm
from scipy import optimize, special, stats
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.outliers_influence import variance_inflation_factor
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

Z = stats.norm.ppf(0.975)


def placements(scores, positive):
    """Of each row the share of the other class that it is ordered rightly with, over every pair of rows."""
    scores, positive = np.array(scores), np.array(positive)
    wins = np.greater.outer(scores[positive], scores[~positive]) + 0.5 * np.equal.outer(scores[positive], scores[~positive])
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(of_positives, of_negatives):
    return np.var(of_positives, ddof=1) / len(of_positives) + np.var(of_negatives, ddof=1) / len(of_negatives)


def auc(scores, positive):
    area, variance = roc_auc_score(positive, scores), delong(*placements(scores, positive))
    logit, half = special.logit(area), Z * math.sqrt(variance) / (area * (1 - area))
    limits = special.expit(logit - half), special.expit(logit + half)
    return {"auc": area, "variance": variance, "low": limits[0], "high": limits[1], "ranks": stats.rankdata(scores)}


def paired_auc(first, second, positive):
    (p1, n1), (p2, n2) = placements(first, positive), placements(second, positive)
    difference, error = p1.mean() - p2.mean(), math.sqrt(delong(p1 - p2, n1 - n2))
    half = Z * error
    p = 2 * stats.norm.sf(abs(difference) / error)
    return {"difference": difference, "low": difference - half, "high": difference + half, "z": difference / error, "p": p}


def dyadic(scores, positive, entities):
    """Every ordered pair of deals that share an entity, one by one (Aronow, Samii & Assenova 2015)."""
    of_positives, of_negatives = placements(scores, positive)
    area, psi, left, right = of_positives.mean(), [], iter(of_positives), iter(of_negatives)
    for success in positive:
        psi.append((next(left) - area) / len(of_positives) if success else (next(right) - area) / len(of_negatives))
    shared = sum(
        psi[i] * psi[j] for i, j in itertools.product(range(len(psi)), repeat=2) if set(entities[i]) & set(entities[j])
    )
    return {"variance": delong(of_positives, of_negatives) * shared / sum(value**2 for value in psi)}


def logistic(x, y):
    fit = sm.Logit(np.array(y, float), sm.add_constant(np.array(x))).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
    return {"coefficients": fit.params, "standardErrors": fit.bse, "logLikelihood": fit.llf}


def ridge(x, y, strength):
    fit = LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(np.array(x), np.array(y))
    return {"coefficients": [fit.intercept_[0], *fit.coef_[0]]}


def maximum(loss, size):
    """The point of the least loss: a quasi-Newton search, then Newton's steps on differences of the gradient."""
    found = optimize.minimize(loss, np.zeros(size), jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    return optimize.root(lambda at: loss(at)[1], found.x, tol=1e-13).x


def partial_ridge(x, y, strengths):
    """A ridge with a strength of its own for each column."""
    design, outcome, penalty = sm.add_constant(np.array(x)), np.array(y, float), np.array([0, *strengths])

    def loss(at):
        odds = design @ at
        total = np.sum(np.logaddexp(0, odds) - outcome * odds) + penalty @ at**2 / 2
        return total, design.T @ (special.expit(odds) - outcome) + penalty * at

    return {"coefficients": maximum(loss, design.shape[1])}


def firth(x, y):
    design, outcome = sm.add_constant(np.array(x)), np.array(y, float)

    def likelihood(at):
        odds = design @ at
        weights = special.expit(odds) * special.expit(-odds)
        return np.sum(outcome * odds - np.logaddexp(0, odds)) + np.linalg.slogdet(design.T * weights @ design)[1] / 2

    def loss(at):
        odds = design @ at
        rate = special.expit(odds)
        root = design * np.sqrt(rate * (1 - rate))[:, None]
        leverage = np.einsum("ij,ji->i", root, np.linalg.pinv(root))
        return -likelihood(at), -design.T @ (outcome - rate + leverage * (0.5 - rate))

    best = maximum(loss, design.shape[1])
    return {"coefficients": best, "penalisedLogLikelihood": likelihood(best)}


def joint(x, y):
    """Standardised components in one model, and the Shapley shares of McFadden's R2 over all orders of entry."""
    x, y = np.array(x), np.array(y, float)
    scaled = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    fit_of = lambda columns: sm.Logit(y, sm.add_constant(scaled[:, columns])).fit(disp=0, tol=1e-14, maxiter=100)
    columns = range(x.shape[1])
    full = fit_of(list(columns))
    fits = {c: fit_of(list(c)).prsquared for k in range(1, len(columns) + 1) for c in itertools.combinations(columns, k)}
    shares, orders = np.zeros(len(columns)), list(itertools.permutations(columns))
    for order in orders:
        for k, column in enumerate(order):
            without, with_it = tuple(sorted(order[:k])), tuple(sorted(order[: k + 1]))
            shares[column] += (fits[with_it] - fits.get(without, 0)) / len(orders)
    limits = full.conf_int()[1:]
    return {
        "intercept": full.params[0], "coefficients": full.params[1:], "standardErrors": full.bse[1:], "p": full.pvalues[1:],
        "low": limits[:, 0], "high": limits[:, 1], "oddsRatios": np.exp(full.params[1:]), "dominance": shares,
        "chiSquare": full.llr, "chiSquareP": full.llr_pvalue, "mcFadden": full.prsquared,
        "vif": [variance_inflation_factor(sm.add_constant(x), j + 1) for j in columns],
    }  # fmt: skip


def false_discovery(p):
    _, adjusted, _, _ = multipletests(p, method="fdr_bh")
    np.testing.assert_allclose(adjusted, stats.false_discovery_control(p), rtol=1e-12)
    return {"adjusted": adjusted}


def welch(first, second, unit):
    a, b = np.array(first) * unit, np.array(second) * unit
    test = stats.ttest_ind(a, b, equal_var=False)
    limits = test.confidence_interval(0.95)
    df = len(a) + len(b) - 2
    pooled = ((len(a) - 1) * np.var(a, ddof=1) + (len(b) - 1) * np.var(b, ddof=1)) / df
    correction = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
    g = correction * (a.mean() - b.mean()) / math.sqrt(pooled)
    return {"t": test.statistic, "df": test.df, "p": test.pvalue, "low": limits.low, "high": limits.high, "g": g}


def mann_whitney(first, second):
    """Exact for small untied groups; where all values are one, p is 1 and scipy has none."""
    values = first + second
    is_exact = len(set(values)) == len(values) and min(len(first), len(second)) < 8
    test = stats.mannwhitneyu(first, second, method="exact" if is_exact else "asymptotic")
    return {"u": test.statistic, "p": 1.0 if len(set(values)) == 1 else test.pvalue}


def pearson(x, y):
    test = stats.pearsonr(x, y)
    limits = test.confidence_interval(0.95)
    return {"r": test.statistic, "p": test.pvalue, "low": limits.low, "high": limits.high}


def spearman(x, y):
    """With the interval of Bonett & Wright (2000)."""
    test = stats.spearmanr(x, y)
    half = Z * math.sqrt((1 + test.statistic**2 / 2) / (len(x) - 3))
    low, high = np.tanh(np.arctanh(test.statistic) + np.array([-half, half]))
    return {"r": test.statistic, "p": test.pvalue, "low": low, "high": high}


def contingency(table):
    plain, corrected = (stats.chi2_contingency(table, correction=yates) for yates in (False, True))
    n, smaller = np.sum(table), min(np.shape(table)) - 1

    def limit(tail):
        excess = lambda ncp: stats.ncx2.cdf(plain.statistic, plain.dof, ncp) - tail
        return optimize.brentq(excess, 1e-12, 10 * plain.statistic + 100, xtol=1e-14, rtol=1e-14)

    vague = stats.chi2.cdf(plain.statistic, plain.dof) <= 0.975
    return {
        "chiSquare": corrected.statistic, "p": corrected.pvalue, "df": corrected.dof,
        "cramersV": stats.contingency.association(table, method="cramer"),
        "low": 0.0 if vague else min(1, math.sqrt(limit(0.975) / (n * smaller))), "high": min(1, math.sqrt(limit(0.025) / (n * smaller))),
    }  # fmt: skip


def survival(entries, times, causes):
    times, status = np.array(times, float), np.array(causes) > 0
    curve = SurvfuncRight(times, status.astype(int), entry=None if entries is None else np.array(entries))
    at = np.isin(curve.surv_times, times[status])
    share = curve.surv_prob[at]
    # Greenwood's formula is 0 / 0 where nobody is left.
    errors = np.where(share > 0, curve.surv_prob_se[at], 0)
    return {"times": curve.surv_times[at], "atRisk": curve.n_risk[at], "survival": share, "errors": errors}


def incidence(times, causes):
    times, causes = np.array(times, float), np.array(causes)
    competing = CumIncidenceRight(times, causes)
    at = np.isin(competing.times, times[causes > 0])
    return {"incidences": np.concatenate([curve[at] for curve in competing.cinc])}


def trend(x, y):
    s = sum(np.sign(later - earlier) for earlier, later in itertools.combinations(y, 2))
    kendall = stats.kendalltau(x, y, method="asymptotic")
    deviation = abs(s) / stats.norm.isf(kendall.pvalue / 2)
    z = (s - np.sign(s)) / deviation
    return {"z": z, "p": 2 * stats.norm.sf(abs(z)), "slope": stats.theilslopes(y, x).slope}


def calibration(scores, labels):
    p, y = np.array(scores), np.array(labels, float)
    logits, ones = special.logit(p), np.ones(len(p))
    rates, means = calibration_curve(y, p, n_bins=10, strategy="quantile")
    brier = brier_score_loss(y, p)
    z = np.sum((y - p) * (1 - 2 * p)) / math.sqrt(np.sum((1 - 2 * p) ** 2 * p * (1 - p)))
    return {
        "slope": sm.Logit(y, sm.add_constant(logits)).fit(disp=0, tol=1e-14).params[1],
        "inTheLarge": sm.GLM(y, ones, family=sm.families.Binomial(), offset=logits).fit(tol=1e-14, tol_criterion="params").params[0],
        "brier": brier, "brierSkill": 1 - brier / brier_score_loss(y, y.mean() * ones),
        "spiegelhalterZ": z, "spiegelhalterP": 2 * stats.norm.sf(abs(z)), "rates": rates, "means": means,
    }  # fmt: skip


def wilson(successes, n):
    low, high = proportion_confint(successes, n, method="wilson")
    return {"low": low, "high": high}


def poisson(count):
    low, high = confint_poisson(count, 1, method="exact-c")
    return {"low": 0.0 if count == 0 else low, "high": high}


def heterogeneity(values, variances):
    fit = combine_effects(np.array(values), np.array(variances), method_re="dl")
    return {"mean": fit.mean_effect_fe, "q": fit.q, "p": stats.chi2.sf(fit.q, fit.df), "iSquared": max(0.0, 1 - fit.df / fit.q)}


def random_effects(values, variances, sizes):
    n = np.array(sizes)
    unit = np.sum(n**2 * np.array(variances)) / np.sum(n)
    fit = combine_effects(np.array(values), unit / n, method_re="dl")
    between = max(0.0, fit.tau2)
    precise = 1 / (unit / n + between)
    return {"unitVariance": unit, "variance": between, "mean": np.average(values, weights=precise)}


def beta_binomial(successes, trials):
    k, n = np.array(successes), np.array(trials)

    def loss(log_shape):
        a, b = np.exp(log_shape)
        shared = special.digamma(a + b) - special.digamma(n + a + b)
        slopes = np.array([np.sum(special.digamma(k + a) - special.digamma(a) + shared), np.sum(special.digamma(n - k + b) - special.digamma(b) + shared)])
        return -np.sum(stats.betabinom.logpmf(k, n, a, b)), -slopes * [a, b]

    a, b = np.exp(maximum(loss, 2))
    return {"alpha": a, "beta": b, "fifth": stats.beta.ppf(0.05, k[0] + a, n[0] - k[0] + b)}


def hazen(values, p):
    shares = [stats.percentileofscore(values, value, kind="mean") for value in values]
    return {"percentiles": shares, "quantiles": np.quantile(values, p, method="hazen")}


def chi_square_tail(value, df):
    return {"p": stats.chi2.sf(value, df)}


def plain(value):
    return np.asarray(value, float).tolist()


warnings.simplefilter("error", RuntimeWarning)
warnings.filterwarnings("ignore", message="divide by zero|invalid value", category=RuntimeWarning)
with open(sys.argv[1], encoding="utf-8") as file:
    questions = json.load(file)
answers = [{name: plain(v) for name, v in globals()[q["kind"]](**q["input"]).items()} for q in questions]
json.dump(answers, sys.stdout, allow_nan=False)
