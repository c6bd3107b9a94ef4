/** Examples of answers about syncs for the API description. A test proves that they are valid. */

const runId = '7d0a5a50-93c1-4c0e-8f0e-2a40b6f4b001';
const planId = '0b9d6f2c-2f2c-4a51-9d6f-1f6b8a3c2002';

const figures = { inserted: 12, updated: 340, deleted: 3, unchanged: 1465, failed: 0, held: 0 };
const timings = { check: 12, stage: 180, send: 71, finish: 40 };

const run = {
  runId,
  sync: 'deal_health',
  target: 'postgres',
  status: 'succeeded' as const,
  trigger: 'api',
  requestedBy: 'ops-dashboard',
  createdAt: '2026-11-20T12:00:00.000000Z',
  startedAt: '2026-11-20T12:00:00.100000Z',
  finishedAt: '2026-11-20T12:00:00.900000Z',
  ...figures,
  reason: null,
  error: null,
  timings,
  rowsPerSecond: 5000,
  cancelRequestedAt: null,
  cancelledBy: null,
};

const hold = {
  sync: 'deal_health',
  runId,
  mappingHash: '5f2b5b0f3c7d4e8a9b1c2d3e4f5a6b7c',
  creates: 0,
  updates: 12,
  deletes: 900,
  reason: 'deletes: 900 of 1820 rows, more than 20 %',
  heldAt: '2026-11-20T12:00:00.900000Z',
  state: 'held' as const,
  decidedBy: null,
  decidedAt: null,
};

const pause = { at: '2026-11-20T11:00:00.000000Z', by: 'ops-dashboard' };

const sync = {
  name: 'deal_health',
  description: 'How long each open deal has sat in its stage',
  owner: 'deals',
  tags: ['product'],
  mode: 'mirror' as const,
  target: 'postgres insights.deal_health',
  trigger: 'after insight_deal_health',
  nextRunAt: null,
  paused: null,
  hold: null,
  holder: null,
  openRejects: 0,
  runs: [run],
};

export const syncExamples = {
  run,
  hold,
  pause,
  sync,
  syncs: { syncs: [sync] },
  rejects: {
    rejects: [
      {
        sync: 'deal_health',
        key: ['3f6c1c1e-6d0b-4c8e-9a53-0d8f2b7a1e01'],
        error: { class: 'rejected', code: 'postgres_23514', message: 'new row violates check constraint' },
        attempts: 2,
        firstRejectedAt: '2026-11-19T12:00:00.000000Z',
        rejectedAt: '2026-11-20T12:00:00.000000Z',
        runId,
        payload: '{"severity":"unknown"}',
      },
    ],
  },
  plan: {
    id: planId,
    sync: 'deal_health',
    createdAt: '2026-11-20T12:00:00.000Z',
    counts: {
      insert: 12,
      update: 340,
      delete: 3,
      unchanged: 1465,
      reject: 0,
      remapped: 0,
      requested: 0,
      model: 1817,
      confirmed: 1808,
    },
    actions: [{ op: 'update', action: 'update', rows: 340 }],
    fields: [{ field: 'days_in_stage', rows: 340 }],
    warnings: [],
  },
  planRows: {
    rows: [
      {
        op: 'update',
        action: 'update',
        reason: 'changed',
        key: ['3f6c1c1e-6d0b-4c8e-9a53-0d8f2b7a1e01'],
        fields: [{ field: 'days_in_stage', before: '11', after: '12' }],
      },
    ],
  },
  explanation: {
    verdict: 'unchanged',
    sentence: 'The target confirmed this row as it is, and nothing is to be sent.',
    sync: 'deal_health',
    key: ['00000000-0000-4000-8000-000000000001'],
  },
  reconciliation: {
    sync: 'deal_health',
    reconciled: true,
    buckets: { compared: 16, differing: 0 },
    modelRows: 1200,
    targetRows: 1200,
  },
  outcome: {
    name: 'deal_health',
    target: 'postgres',
    status: 'succeeded' as const,
    ...figures,
    reason: '',
    timings,
  },
};
