import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Named pipes through which the engine streams rows in any format: a pipe that is full makes the engine wait, so the
 * client's pace reaches the query. Node cannot create pipes, so all are made at the start, one per parallel query.
 */
export class RowPipes {
  private constructor(private readonly free: string[]) {}

  static async create(dir: string, count: number): Promise<RowPipes> {
    const paths = Array.from({ length: count }, (_, index) => join(dir, `rows-${index}`));
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths]);
    return new RowPipes(paths);
  }

  /**
   * Lends a pipe until `done`. `rows` ends when `writerDone` has been called and everything written has been read:
   * our own open writing end keeps it from ending before the engine has opened the pipe, or between two of its writes.
   */
  take(): { path: string; rows: Socket; writerDone(): void; done(): void } {
    const path = this.free.pop();
    if (path === undefined) throw new Error('more parallel queries than row pipes');
    const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writeEnd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const rows = new Socket({ fd: readEnd, readable: true, writable: false });
    let writing = true;
    const writerDone = (): void => {
      if (writing) closeSync(writeEnd);
      writing = false;
    };
    return {
      path,
      rows,
      writerDone,
      done: () => {
        writerDone();
        rows.destroy();
        this.free.push(path);
      },
    };
  }
}
