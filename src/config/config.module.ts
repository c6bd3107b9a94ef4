import { Global, Module } from '@nestjs/common';
import { readConfig } from './env.js';

/** Injection token of the parsed environment, a `Config`. */
export const CONFIG = Symbol('CONFIG');

@Global()
@Module({
  providers: [{ provide: CONFIG, useFactory: () => readConfig(process.env) }],
  exports: [CONFIG],
})
export class ConfigModule {}
