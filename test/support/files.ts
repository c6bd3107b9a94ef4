import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  type FileAccess,
  fileSource,
  type FileSource,
  readFileSources,
} from '../../modules/warehouse/infrastructure/file-reader.js';
import { type ReportedSource, Warehouse } from './warehouse.js';

const fileReject = z
  .object({
    _file: z.string(),
    _line: z.coerce.number(),
    reason_code: z.string(),
    reason: z.string(),
    payload: z.string(),
  })
  .transform((row) => ({
    file: row._file,
    line: row._line,
    code: row.reason_code,
    reason: row.reason,
    payload: z.record(z.string(), z.string().nullable()).parse(JSON.parse(row.payload)),
  }));
export type FileReject = z.output<typeof fileReject>;

/** A warehouse with file sources that a test declares for itself. */
export class FileWorld {
  private readonly declared = new Set<string>();

  private constructor(readonly warehouse: Warehouse) {}

  static async open(): Promise<FileWorld> {
    return new FileWorld(await Warehouse.open());
  }

  close(): Promise<void> {
    return this.warehouse.close();
  }

  /** Warehouse and files as on the first day, the raw tables of declared sources gone. */
  async empty(): Promise<void> {
    rmSync(join(this.warehouse.stores.dataDir, 'external'), { recursive: true, force: true });
    for (const name of this.declared)
      await this.warehouse.clickhouse.command(`DROP TABLE IF EXISTS raw_${name} SYNC`);
    await this.warehouse.forget();
  }

  /** The source that this text of a sources/*.yaml declares. Throws what the service would say of it. */
  declare(yaml: string): FileSource {
    const folder = mkdtempSync(join(this.warehouse.stores.dataDir, 'sources-'));
    const { name } = z.looseObject({ name: z.string() }).parse(parse(yaml));
    writeFileSync(join(folder, `${name}.yaml`), yaml);
    const found = readFileSources(folder).find((source) => source.declaredIn.startsWith(folder));
    if (!found) throw new Error('nothing was declared');
    this.declared.add(found.name);
    return found;
  }

  putFile(path: string, content: string | Uint8Array): void {
    const file = join(this.warehouse.stores.dataDir, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Reads one declared source into raw. */
  async extract(source: FileSource, access: Partial<FileAccess> = {}): Promise<ReportedSource> {
    const readable = fileSource(
      source,
      { dataDir: this.warehouse.stores.dataDir, ...access },
      this.warehouse.clickhouse,
    );
    const report = (await this.warehouse.extract({ only: ['fx_rates'], around: () => readable }))[
      source.name
    ];
    if (!report) throw new Error('the source was not read');
    return report;
  }

  /** Rejects of a source in the order of its lines. */
  async rejects(source: string): Promise<FileReject[]> {
    return await this.warehouse.clickhouse.rows(
      'SELECT _file, _line, reason_code, reason, payload FROM raw_rejects WHERE source = {source: String} ORDER BY _file, _line',
      { source },
      fileReject,
    );
  }

  rows(query: string): Promise<Record<string, unknown>[]> {
    return this.warehouse.rows(query);
  }
}
