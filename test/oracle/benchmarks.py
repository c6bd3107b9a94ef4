"""Every entity's benchmarks, computed again from the product tables: python benchmarks.py FOLDER AS_OF_MICROSECONDS

FOLDER holds entities, partnerships, deal_events, milestones, user_activity (.tsv, instants in microseconds since 1970)
and external/fx_rates.csv. The warehouse has no part in this: rows, cohorts and medians are plain Python, the rest is scipy.
"""

import csv
import json
import statistics
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
from scipy import stats

from tables import read_table

DAY = 86_400_000_000
TIERS = {"enterprise", "professional", "individual"}
EXECUTION = {"signed", "onboarding"}
WON, LOST = {"completed"}, {"declined", "expired"}
OPEN = {"identified", "contacted", "in_discussion", "proposal", "negotiation", "legal_review", "active"} | EXECUTION
LOWER_IS_BETTER = {"days_to_signed"}
MINIMUM_N = defaultdict(lambda: 5, response_activity=1)
REPORTING_CURRENCY = "USD"

folder, as_of = Path(sys.argv[1]), int(sys.argv[2])


def table(name):
    return read_table(folder / f"{name}.tsv")


def respects_contract(deal):
    score = deal["success_score"]
    known_stage = deal["stage"] in OPEN | WON | LOST
    return known_stage and Decimal(deal["deal_value"]) >= 0 and (score is None or 0 <= Decimal(score) <= 5)


def conversion_rates():
    with open(folder / "external" / "fx_rates.csv", encoding="utf-8", newline="") as file:
        rates = defaultdict(list)
        for row in csv.DictReader(file):
            rates[row["currency"]].append((row["date"], Decimal(row["rate"])))
    return rates


def in_reporting_currency(deal, rates):
    """The value at the latest rate on or before the day of creation; None without one."""
    value = Decimal(deal["deal_value"])
    if deal["currency"] == REPORTING_CURRENCY:
        return value
    known = [(date, rate) for date, rate in rates[deal["currency"]] if date <= deal["created_on"]]
    return (value * max(known)[1]).quantize(Decimal("0.01"), ROUND_HALF_UP) if known else None


def days_to_signed(deal, events):
    signings = [int(event["occurred_us"]) for event in events if event["to_stage"] in EXECUTION]
    recorded = [] if deal["signed_us"] is None else [int(deal["signed_us"])]
    first = min(signings or recorded, default=None)
    return None if first is None else first // DAY - int(deal["created_us"]) // DAY


def own_figures(deals):
    """Metric to (value, n, interval) for one entity, from its partnerships."""

    def share(part, whole):
        interval = stats.binomtest(part, whole).proportion_ci(0.95, method="wilson") if whole else (None, None)
        return (part / whole if whole else None, whole, tuple(interval))

    def average(events, whole):
        if not whole:
            return (None, 0, (None, None))
        low = stats.chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
        return (events / whole, whole, (low / whole, stats.chi2.ppf(0.975, 2 * events + 2) / 2 / whole))

    def median(values):
        known = sorted(float(value) for value in values if value is not None)
        n = len(known)
        # Order statistics: the largest rank that fewer heads than it reach with at most 2.5%.
        rank = sum(stats.binom.cdf(heads, n, 0.5) <= 0.025 for heads in range(n))
        return (statistics.median(known) if known else None, n, (known[rank - 1], known[n - rank]) if rank else (None, None))

    closed = [deal for deal in deals if deal["stage"] in WON | LOST]
    won = [deal for deal in deals if deal["stage"] in WON]
    active = [deal for deal in deals if deal["stage"] in OPEN]
    successes = sum(deal["success_score"] is not None and Decimal(deal["success_score"]) >= Decimal("3.5") for deal in won)
    milestones = [milestone for deal in deals for milestone in deal["milestones"]]
    return {
        "success_rate": share(successes, len(closed)),
        "days_to_signed": median(deal["days_to_signed"] for deal in deals),
        "deal_value": median(deal["reporting_value"] for deal in won),
        "milestone_completion": share(sum(row["completed"] == "t" for row in milestones), len(milestones)),
        "response_activity": average(sum(deal["activities"] for deal in active), len(active)),
    }


def load_deals():
    created = {deal["id"]: int(deal["created_us"]) for deal in table("partnerships") if respects_contract(deal)}
    events, milestones, activities = defaultdict(list), defaultdict(list), Counter()
    for event in table("deal_events"):
        deal = event["partnership_id"]
        if deal in created and int(event["occurred_us"]) >= created[deal] - DAY:
            events[deal].append(event)
    for milestone in table("milestones"):
        milestones[milestone["partnership_id"]].append(milestone)
    # From the first instant of the day 90 days ago: two runs of one day agree.
    since = as_of - as_of % DAY - 90 * DAY
    for activity in table("user_activity"):
        if since <= int(activity["occurred_us"]) <= as_of:
            activities[activity["partnership_id"]] += 1
    rates = conversion_rates()
    for deal in table("partnerships"):
        if deal["id"] in created and deal["deleted_us"] is None:
            yield deal | {
                "days_to_signed": days_to_signed(deal, events[deal["id"]]),
                "reporting_value": in_reporting_currency(deal, rates),
                "milestones": milestones[deal["id"]],
                "activities": activities[deal["id"]],
            }


def cohort_names(entity):
    kind, industry, tier = entity["entity_type"], entity["industry"], entity["tier"]
    return [f"{kind}|{industry}|{tier}", f"{kind}|{industry}|*", f"{kind}|*|{tier}", f"{kind}|*|*"]


def hides(ids, by_id):
    """Ten entities of ten tenants, none with more than a quarter."""
    tenants = Counter(by_id[each]["tenant_id"] for each in ids)
    return len(ids) >= 10 and len(tenants) >= 10 and max(tenants.values()) <= len(ids) / 4


def cohorts_of(entities, metric):
    """
    Name to values of the cohorts that may be published, from narrow to wide: ten entities with a value, of ten tenants,
    none with more than a quarter, read by somebody whom no narrower one serves, and equal to each cohort published
    before or told from it by entities for which the same holds.
    """
    by_id = {entity["id"]: entity for entity in entities}
    published, unserved = {}, entities
    for level in range(4):
        members, readers = defaultdict(list), defaultdict(list)
        for entity in entities:
            if entity["figures"][metric][0] is not None:
                members[cohort_names(entity)[level]].append(entity)
        for entity in unserved:
            readers[cohort_names(entity)[level]].append(entity)
        unserved = []
        for name, waiting in readers.items():
            cohort = {member["id"]: member for member in members[name]}
            apart = (cohort.keys() ^ other.keys() for other in published.values())
            if hides(cohort, cohort) and all(not ids or hides(ids, by_id) for ids in apart):
                published[name] = cohort
            else:
                unserved += waiting
    return {
        name: [member["figures"][metric][0] for member in cohort.values()] for name, cohort in published.items()
    }


def benchmark(entity, metric, cohorts):
    value, n, interval = entity["figures"][metric]
    cohort = next((name for name in cohort_names(entity) if name in cohorts), None)
    values = cohorts.get(cohort)
    quartiles = [None] * 3 if values is None else np.quantile(values, [0.25, 0.5, 0.75], method="hazen").tolist()
    percentile = None
    if value is not None and values is not None and n >= MINIMUM_N[metric]:
        percentile = stats.percentileofscore(values, value, kind="mean")
        percentile = 100 - percentile if metric in LOWER_IS_BETTER else percentile
    return {
        "entityId": entity["id"],
        "metric": metric,
        "value": value,
        "n": n,
        "cohort": cohort,
        "cohortN": None if values is None else len(values),
        "percentile": percentile,
        "p25": quartiles[0],
        "p50": quartiles[1],
        "p75": quartiles[2],
        "ciLow": interval[0],
        "ciHigh": interval[1],
    }


deals_of = defaultdict(list)
for deal in load_deals():
    for partner in {deal["entity1_id"], deal["entity2_id"]}:
        deals_of[partner].append(deal)
entities = [
    entity | {"figures": own_figures(deals_of[entity["id"]])}
    for entity in table("entities")
    if entity["tier"] in TIERS and entity["deleted_us"] is None
]
rows = []
for metric in ["success_rate", "days_to_signed", "deal_value", "milestone_completion", "response_activity"]:
    cohorts = cohorts_of(entities, metric)
    rows += [benchmark(entity, metric, cohorts) for entity in entities]
json.dump(rows, sys.stdout, allow_nan=False)
