import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { HEALTH_CHECKS, type HealthChecks, type StoreHealth } from '../../../src/platform/health/health.js';
import { Startup } from '../../../src/platform/health/startup.js';
import { Metrics } from '../infrastructure/metrics.js';
import { ServiceLifecycle } from '../service-lifecycle.js';

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.array(
    z.object({ name: z.string(), status: z.enum(['up', 'down']), code: z.string().nullable() }),
  ),
  pending: z.array(z.string()).describe('Stores whose migrations have not run yet'),
});

/** For orchestrators and Prometheus: no key, no tenant data. */
@ApiTags('health')
@Controller()
export class HealthController {
  constructor(
    @Inject(HEALTH_CHECKS) private readonly health: HealthChecks,
    @Inject(Startup) private readonly startup: Startup,
    @Inject(ServiceLifecycle) private readonly lifecycle: ServiceLifecycle,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  @ApiOperation({ summary: 'Whether the process answers' })
  @ApiResponse({ status: 200, description: 'It does' })
  @Get('health/live')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  @ApiOperation({ summary: 'Whether the service can do its work: stores, migrations, not stopping' })
  @ApiResponse({ status: 200, description: 'Ready', standardSchema: readiness })
  @ApiResponse({ status: 503, description: 'Not ready; says what is down', standardSchema: readiness })
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<z.output<typeof readiness>> {
    const pending = this.startup.pending();
    const own: StoreHealth[] = [
      state('migrations', pending.length === 0 ? null : 'migrations_pending'),
      state('service', this.lifecycle.stopping ? 'service_stopping' : null),
    ];
    const checks = [...(await this.health.check()), ...own];
    const ready = checks.every((check) => check.status === 'up');
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not_ready', checks, pending };
  }

  @ApiOperation({ summary: 'Prometheus metrics' })
  @ApiProduces('text/plain')
  @ApiResponse({ status: 200, description: 'Exposition format' })
  @Get('metrics')
  async exposition(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.type(this.metrics.contentType);
    return this.metrics.render();
  }
}

const state = (name: string, code: string | null): StoreHealth => ({
  name,
  status: code === null ? 'up' : 'down',
  code,
});
