import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileSources } from '../../modules/warehouse/infrastructure/file-reader.js';
import { FileWorld } from '../support/files.js';

jest.setTimeout(180_000);

const EXAMPLE = join(import.meta.dirname, '../../docs/examples/crm');
const folder = process.env.REAL_DATA_DIR && join(process.env.REAL_DATA_DIR, 'crm_sales_opportunities');
const available = folder !== undefined && existsSync(folder);
if (!available) {
  console.warn(
    `SKIPPED CRM files: ${folder ? `${folder} is not there` : 'REAL_DATA_DIR is not set'} (docs/real-data.md says where the files come from)`,
  );
}

const sources = readFileSources(EXAMPLE).filter(({ name }) => name.startsWith('crm_'));
const checks = readdirSync(join(EXAMPLE, 'checks')).map((file) => ({
  name: file.replace('.sql', ''),
  select: readFileSync(join(EXAMPLE, 'checks', file), 'utf8'),
}));

it('the example declares the four files', () => {
  expect(sources.map(({ name }) => name).sort()).toEqual([
    'crm_accounts',
    'crm_opportunities',
    'crm_products',
    'crm_teams',
  ]);
});

(available ? describe : describe.skip)('the CRM of the worked example', () => {
  let world: FileWorld;
  let found: Record<string, string[]>;
  beforeAll(async () => {
    world = await FileWorld.open();
    for (const source of sources)
      for (const path of source.locations)
        world.putFile(path, readFileSync(join(folder ?? '', path.replace('external/crm/', ''))));
  });
  afterAll(() => world.close());

  it('is loaded whole, and known when it is read again', async () => {
    const rows = { crm_accounts: 85, crm_products: 7, crm_opportunities: 8800, crm_teams: 35 };
    for (const source of sources) {
      const staged = z
        .enum(['crm_accounts', 'crm_products', 'crm_opportunities', 'crm_teams'])
        .parse(source.name);
      expect(await world.extract(source)).toMatchObject({
        staged: rows[staged],
        loaded: rows[staged],
        rejected: 0,
      });
      expect(await world.extract(source)).toMatchObject({ staged: rows[staged], loaded: 0, rejected: 0 });
    }
  });

  it('keeps the figures that were published of it', async () => {
    expect(
      await world.rows(
        `SELECT deal_stage, count() AS n, sum(close_value) AS value FROM raw_crm_opportunities GROUP BY deal_stage ORDER BY n DESC`,
      ),
    ).toEqual([
      { deal_stage: 'Won', n: '4238', value: '10005534.00' },
      { deal_stage: 'Lost', n: '2473', value: '0.00' },
      { deal_stage: 'Engaging', n: '1589', value: null },
      { deal_stage: 'Prospecting', n: '500', value: null },
    ]);
  });

  it('has its faults reported by the checks, and mends none of them', async () => {
    found = {};
    for (const { name, select } of checks)
      found[name] = (await world.warehouse.list(select)).map((record) => z.string().parse(record)).sort();
    for (const [name, records] of Object.entries(found))
      console.info(
        `${name}: ${records.length} ${records.length > 0 ? `(${records.slice(0, 3).join('; ')} ...)` : ''}`,
      );
    expect(
      Object.fromEntries(Object.entries(found).map(([name, records]) => [name, records.length])),
    ).toEqual({
      account_known: 0,
      account_missing: 1425,
      agent_has_opportunity: 5,
      office_location_accepted: 1,
      product_known: 1480,
      product_sold: 1,
      sector_accepted: 12,
    });
    expect(found.product_known?.every((record) => record.endsWith(': GTXPro (GTX Pro?)'))).toBe(true);
    expect(found.product_sold).toEqual(['GTX Pro']);
    expect(found.sector_accepted?.every((record) => record.endsWith(': technolgy (technology?)'))).toBe(true);
    expect(found.office_location_accepted?.[0]).toMatch(/: Philipines \(Philippines\?\)$/);
    expect(found.agent_has_opportunity).toEqual([
      'Carl Lin',
      'Carol Thompson',
      'Elizabeth Anderson',
      'Mei-Mei Johns',
      'Natalya Ivanova',
    ]);
  });
});
