-- What every generator shares. A value depends on (seed, kind, n) alone, so that any table can name a row of any other
-- without reading it, and two runs with one seed write the same bytes. cityHash64, because hashing must not be what is measured.

CREATE OR REPLACE FUNCTION bench_hash AS (seed, kind, n) -> cityHash64(toUInt64(seed), kind, toUInt64(n));

-- 0 <= share < 1
CREATE OR REPLACE FUNCTION bench_share AS (seed, kind, n) -> toFloat64(bitShiftRight(bench_hash(seed, kind, n), 11)) / 9007199254740992;

CREATE OR REPLACE FUNCTION bench_uuid AS (seed, kind, n) -> reinterpret(toUInt128(bench_hash(seed, kind, n)) * toUInt128('210306068529402873165736369884012333109'), 'UUID');

-- A member's number, small ones far more often: of 100 members the first 10 get a third, the first half 71 %.
CREATE OR REPLACE FUNCTION bench_skewed AS (seed, kind, n, members) -> least(toUInt64(members * pow(bench_share(seed, kind, n), 2)), toUInt64(members) - 1);

-- One of the values, the first ones more often.
CREATE OR REPLACE FUNCTION bench_pick AS (seed, kind, n, values) -> values[1 + bench_skewed(seed, kind, n, length(values))];

-- When the nth of total things happened, in a business that grows evenly from nothing: half of all in the last 30 % of the time.
CREATE OR REPLACE FUNCTION bench_moment AS (start, end, n, total) -> start + toIntervalMicrosecond(toInt64(dateDiff('microsecond', start, end) * sqrt(n / total)));

-- When a row of that moment was extracted: at the next quarter of an hour.
CREATE OR REPLACE FUNCTION bench_extracted AS (moment) -> toDateTime64(toStartOfInterval(moment, toIntervalMinute(15)) + toIntervalMinute(15), 6, 'UTC');
