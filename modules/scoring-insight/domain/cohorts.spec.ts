import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignCohorts, type CohortMember } from './cohorts.js';

/** n members of a cell, each of its own tenant. */
function cell(
  n: number,
  industry: string,
  tier: string,
  entityType = 'brand',
  tenant = industry + tier,
): CohortMember[] {
  return Array.from({ length: n }, (_, i) => ({
    tenantId: `${tenant}-${i}`,
    entityType,
    industry,
    tier,
    value: i,
  }));
}

function nameFor(members: CohortMember[], entity: CohortMember): string | undefined {
  return assignCohorts(members)(entity)?.name;
}

describe('assignCohorts', () => {
  const [fashion] = cell(1, 'fashion', 'enterprise');

  it('takes the narrowest level with ten entities', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    expect(nameFor(ten, fashion!)).toBe('brand|fashion|enterprise');
    expect(nameFor([...ten.slice(1), ...cell(1, 'fashion', 'individual')], fashion!)).toBe('brand|fashion|*');
    expect(nameFor([...ten.slice(1), ...cell(1, 'food', 'enterprise')], fashion!)).toBe('brand|*|enterprise');
    expect(nameFor([...ten.slice(1), ...cell(1, 'food', 'individual')], fashion!)).toBe('brand|*|*');
    expect(nameFor(ten.slice(1), fashion!)).toBeUndefined();
  });

  it('never mixes entity types', () => {
    expect(
      nameFor(
        [...cell(9, 'fashion', 'enterprise'), ...cell(50, 'fashion', 'enterprise', 'content')],
        fashion!,
      ),
    ).toBeUndefined();
  });

  it('needs ten tenants, not only ten entities', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    const nineTenants = ten.map((member, i) =>
      i === 9 ? { ...member, tenantId: ten[0]!.tenantId } : member,
    );
    expect(nameFor(nineTenants, fashion!)).toBeUndefined();
    expect(nameFor([...nineTenants, ...cell(1, 'fashion', 'individual')], fashion!)).toBe('brand|fashion|*');
  });

  it('does not count entities without a value', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    const nine = ten.map((member, i) => (i === 0 ? { ...member, value: null } : member));
    expect(nameFor(nine, fashion!)).toBeUndefined();
    expect(nameFor([...nine, ...cell(1, 'fashion', 'enterprise', 'brand', 'more')], nine[0]!)).toBe(
      'brand|fashion|enterprise',
    );
  });

  it('keeps apart industries that contain a bar or are called *', () => {
    const odd = { tenantId: 't', entityType: 'brand', industry: 'a|b', tier: 'c', value: 1 };
    expect(nameFor(cell(10, 'a', 'b|c'), odd)).toBe('brand|*|*');
    expect(assignCohorts(cell(10, '*', 'enterprise'))({ ...odd, tier: 'individual' })?.level).toBe(
      'platform',
    );
  });

  it('equals a scan of every level for every entity, and never publishes a small cohort', () => {
    const member = fc.record({
      tenantId: fc.integer({ min: 0, max: 25 }).map(String),
      entityType: fc.constantFrom('brand', 'content'),
      industry: fc.constantFrom('fashion', 'food', 'film'),
      tier: fc.constantFrom('enterprise', 'individual'),
      value: fc.option(fc.integer(), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(member, { maxLength: 120 }), (members) => {
        const cohortOf = assignCohorts(members);
        for (const entity of members) {
          const levels: [string, (other: CohortMember) => boolean][] = [
            ['industry_tier', (other) => other.industry === entity.industry && other.tier === entity.tier],
            ['industry', (other) => other.industry === entity.industry],
            ['tier', (other) => other.tier === entity.tier],
            ['platform', () => true],
          ];
          const expected = levels
            .map(([level, belongs]) => ({
              level,
              peers: members.filter(
                (other) => other.value !== null && other.entityType === entity.entityType && belongs(other),
              ),
            }))
            .find(
              ({ peers }) => peers.length >= 10 && new Set(peers.map((peer) => peer.tenantId)).size >= 10,
            );
          const actual = cohortOf(entity);
          expect(actual?.level).toBe(expected?.level);
          expect(actual?.members).toEqual(expected?.peers);
        }
      }),
    );
  });
});
