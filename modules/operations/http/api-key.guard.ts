import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiKeys, type Caller } from '../infrastructure/api-keys.js';
import { Problem } from './problem.js';

const ACCESS = 'operations:access';
const RANK: Record<Caller['role'], number> = { viewer: 0, operator: 1, admin: 2 };

/** Who may call a route. */
interface Access {
  /** The least role. */
  role: Caller['role'];
  /** `platform`: the data spans tenants, so a key limited to one is refused. */
  scope: 'tenant' | 'platform';
}

/** Declares who may call a route of the API. A guarded route without it is refused to everyone. */
export const Allow = (role: Access['role'], scope: Access['scope']) =>
  SetMetadata(ACCESS, { role, scope } satisfies Access);

const callers = new WeakMap<object, Caller>();

/** Parameter decorator: the caller that the guard let in. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<Request>());
  if (caller === undefined) throw new Error('A route asked for its caller without ApiKeyGuard.');
  return caller;
});

/** 401 `api_key_missing`, `api_key_unknown`; 403 `role_insufficient`, `platform_key_required`. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @Inject(ApiKeys) private readonly keys: ApiKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const [, key] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
    if (key === undefined) {
      throw new Problem(401, 'api_key_missing', 'Send the header "Authorization: Bearer <key>".');
    }
    const caller = this.keys.find(key);
    if (caller === undefined) throw new Problem(401, 'api_key_unknown', 'This key is not known here.');
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (access === undefined) throw new Error(`Route ${request.path} does not say who may call it.`);
    if (RANK[caller.role] < RANK[access.role]) {
      throw new Problem(
        403,
        'role_insufficient',
        `This needs the role ${access.role}; the key has ${caller.role}.`,
      );
    }
    if (access.scope === 'platform' && caller.tenant !== '*') {
      throw new Problem(403, 'platform_key_required', 'This spans tenants; the key is limited to one.');
    }
    callers.set(request, caller);
    return true;
  }
}
