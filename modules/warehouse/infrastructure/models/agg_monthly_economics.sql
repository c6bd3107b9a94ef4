-- Grain: one row per month (its first day) and currency of the cost file (basis 'currency', in that currency), and one per month with
-- costs, new members or won deals (basis 'reporting': all of the month's currencies together, in the reporting currency).
-- Money is rounded to cents, half away from zero. A null in a formula is a null in its result; so is a division by zero.
-- Exchange: the latest rate on or before the month's last day. Where one currency of a month has no rate the month's reporting money is
-- null: a part would look like the whole. Months without a cost row have null money, not zero.
-- gross_profit = revenue * gross_margin (the file's share of revenue); of several currencies the sum; gross_margin = gross_profit / revenue.
-- new_members: joined in the month. active_members: of agg_member_months. deals_won: by day of the outcome (agg_platform_metrics).
-- cost_per_won_deal = acquisition_cost / deals_won.
-- cac = acquisition_cost / new_members: all cost of the month is charged to those who joined in it.
-- arpa = revenue / active_members, per month.
-- churn_rate = members active in the month before and not in this one / members active in the month before.
-- ltv = gross_profit / active_members / churn_rate (ARPA * gross margin * an expected life of 1 / churn_rate months). Assumes that gross
-- profit per active member and churn stay as in this month for ever, and discounts nothing: a single month is noisy, look at several.
-- Null where nobody left: a life without end is no figure.
-- ltv_to_cac = ltv / cac, 4 digits. payback_months = cac / (gross_profit / active_members), 2 digits: how long until a member's gross profit has
-- paid for winning it; null without a profit. Both from the unrounded parts.
-- With several currencies the rows of basis 'currency' divide their own money by all members and deals of the month: their results are
-- parts of the month's. The month itself is basis 'reporting'.
-- Expected rows: 120 months * (1 + currencies), some 1,000. Parameter: reporting_currency String
WITH
  costs AS (
    SELECT
      month,
      toString(currency) AS currency,
      argMax(tuple(acquisition_cost, revenue, gross_margin), tuple(_version_at, _extracted_at)) AS newest
    FROM raw_unit_economics
    GROUP BY month, currency
    HAVING NOT argMax(_deleted, tuple(_version_at, _extracted_at))
  ),
  rates AS (
    SELECT toString(currency) AS currency, date, argMax(rate, tuple(_version_at, _extracted_at)) AS rate
    FROM raw_fx_rates
    GROUP BY currency, date
    HAVING NOT argMax(_deleted, tuple(_version_at, _extracted_at))
  ),
  exchanged AS (
    SELECT
      c.month AS month,
      c.currency AS currency,
      c.newest.1 AS acquisition_cost,
      c.newest.2 AS revenue,
      c.newest.3 AS gross_margin,
      toDecimal128(round(toDecimal256(c.newest.2, 10) * c.newest.3, 2), 2) AS gross_profit,
      if(c.currency = {reporting_currency: String}, toDecimal64(1, 8), r.rate) AS rate,
      toDecimal128(round(toDecimal256(acquisition_cost, 2) * rate, 2), 2) AS acquisition_cost_reporting,
      toDecimal128(round(toDecimal256(revenue, 2) * rate, 2), 2) AS revenue_reporting,
      toDecimal128(round(toDecimal256(gross_profit, 2) * rate, 2), 2) AS gross_profit_reporting
    FROM (SELECT *, month + toIntervalMonth(1) - toIntervalDay(1) AS month_end FROM costs) AS c
    ASOF LEFT JOIN rates AS r ON r.currency = c.currency AND c.month_end >= r.date
  ),
  -- Of members active in a month, those whose next active month is the one after were retained.
  activity AS (
    SELECT month, count() AS active_members, countIf(next_month = month + toIntervalMonth(1)) AS retained
    FROM (
      SELECT month, leadInFrame(toNullable(month)) OVER (PARTITION BY entity_id ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_month
      FROM agg_member_months
      WHERE is_active
    )
    GROUP BY month
  ),
  joined AS (
    SELECT month, count() AS new_members
    FROM agg_member_months
    WHERE months_since_joining = 0
    GROUP BY month
  ),
  won AS (
    SELECT makeDate32(intDiv(date_key, 10000), intDiv(date_key, 100) % 100, 1) AS month, sum(deals_won) AS deals_won
    FROM agg_platform_metrics
    WHERE dimension = 'all'
    GROUP BY month
    HAVING deals_won > 0
  ),
  amounts AS (
    SELECT
      month, 'currency' AS basis, currency,
      toNullable(toDecimal128(acquisition_cost, 2)) AS acquisition_cost,
      toNullable(toDecimal128(revenue, 2)) AS revenue,
      toNullable(gross_profit) AS gross_profit,
      toNullable(toDecimal128(gross_margin, 8)) AS gross_margin
    FROM exchanged
    UNION ALL
    SELECT
      m.month, 'reporting', {reporting_currency: String},
      s.acquisition_cost, s.revenue, s.gross_profit,
      if(s.revenue = 0, NULL, toDecimal128(round(toDecimal256(s.gross_profit, 12) / s.revenue, 8), 8))
    FROM (SELECT month FROM costs UNION DISTINCT SELECT month FROM joined UNION DISTINCT SELECT month FROM won) AS m
    LEFT JOIN (
      SELECT
        month,
        if(count(rate) = count(), sum(acquisition_cost_reporting), NULL) AS acquisition_cost,
        if(count(rate) = count(), sum(revenue_reporting), NULL) AS revenue,
        if(count(rate) = count(), sum(gross_profit_reporting), NULL) AS gross_profit
      FROM exchanged
      GROUP BY month
    ) AS s ON s.month = m.month
  ),
  counted AS (
    SELECT
      a.month AS month, a.basis AS basis, a.currency AS currency,
      a.acquisition_cost AS acquisition_cost, a.revenue AS revenue, a.gross_margin AS gross_margin, a.gross_profit AS gross_profit,
      toDecimal256(a.acquisition_cost, 8) AS cost, toDecimal256(a.gross_profit, 8) AS profit,
      toUInt32(ifNull(j.new_members, 0)) AS new_members,
      toUInt32(ifNull(now.active_members, 0)) AS active_members,
      toUInt32(ifNull(before.active_members, 0)) AS active_before,
      toUInt32(ifNull(before.active_members - before.retained, 0)) AS churned_members,
      toUInt32(ifNull(w.deals_won, 0)) AS deals_won
    FROM amounts AS a
    LEFT JOIN joined AS j ON j.month = a.month
    LEFT JOIN activity AS now ON now.month = a.month
    LEFT JOIN activity AS before ON before.month = a.month - toIntervalMonth(1)
    LEFT JOIN won AS w ON w.month = a.month
  )
SELECT
  month,
  basis,
  currency,
  acquisition_cost,
  revenue,
  gross_margin,
  gross_profit,
  new_members,
  active_members,
  churned_members,
  deals_won,
  if(deals_won = 0, NULL, toDecimal128(round(cost / deals_won, 2), 2)) AS cost_per_won_deal,
  if(new_members = 0, NULL, toDecimal128(round(cost / new_members, 2), 2)) AS cac,
  if(active_members = 0, NULL, toDecimal128(round(toDecimal256(revenue, 8) / active_members, 2), 2)) AS arpa,
  if(active_before = 0, NULL, churned_members / active_before) AS churn_rate,
  if(active_members = 0 OR churned_members = 0, NULL, toDecimal128(round(profit * active_before / (toUInt64(active_members) * churned_members), 2), 2)) AS ltv,
  if(
    active_members = 0 OR churned_members = 0 OR new_members = 0 OR cost = 0, NULL,
    toDecimal128(round(profit * active_before * new_members / (cost * active_members * churned_members), 4), 4)
  ) AS ltv_to_cac,
  if(new_members = 0 OR ifNull(profit <= 0, true), NULL, toDecimal128(round(cost * active_members / (profit * new_members), 2), 2)) AS payback_months
FROM counted
