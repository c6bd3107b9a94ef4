import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readConfig } from '../config/env.js';
import { CommandModule } from '../pipeline.module.js';
import { openStores, type Stores } from '../platform/stores.js';
import { note } from './output.js';

/** The stores alone, for commands that need no module; closed when `work` ends. */
export async function withStores<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
  const stores = await openStores(readConfig(process.env), note);
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}

/** The modules with their stores, closed when `work` ends. */
export async function withModules<T>(work: (context: INestApplicationContext) => Promise<T>): Promise<T> {
  const context = await NestFactory.createApplicationContext(CommandModule, {
    logger: false,
    abortOnError: false,
  });
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}
